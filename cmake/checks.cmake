# Checks of the source tree and of what is written about it, run by ctest beside the unit tests. Included after src/.
find_package(Python3 3.9 COMPONENTS Interpreter REQUIRED)

add_test(NAME check.rooms COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/check-rooms.py)
add_test(NAME check.tidy COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/check-tidy.py)
add_test(NAME check.links COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/check-links.py)

# The reference is what the program prints; `gatehouse config reference > docs/reference/settings.md` renews it.
add_test(NAME check.settings_reference
         COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:gatehouse>
                 -DREFERENCE=${CMAKE_SOURCE_DIR}/docs/reference/settings.md
                 -P ${CMAKE_SOURCE_DIR}/cmake/compare-reference.cmake)

add_test(NAME check.commands_reference
         COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/check-commands-reference.py $<TARGET_FILE:gatehouse>)

file(GLOB examples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*.toml)
foreach(example IN LISTS examples)
  get_filename_component(name ${example} NAME_WE)
  add_test(NAME check.example.${name} COMMAND gatehouse config check --config ${example})
endforeach()
# Each ```toml block of the guide must be a whole settings file that the program accepts, and each setting that the
# pages name must exist.
add_test(NAME check.documented_settings
         COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/check-documented-settings.py $<TARGET_FILE:gatehouse>)

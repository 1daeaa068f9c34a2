# gatehouse_room(NAME [DIR dir] [USES room...] [LIBS library...])
#
# A room is a folder below src/: every .cpp in it that is not a *_test.cpp is the room's object library, every
# *_test.cpp its test program `NAME_tests`. USES names the rooms whose headers this one may include, and
# scripts/check-rooms.py compares that list with the #include lines.
function(gatehouse_room name)
  cmake_parse_arguments(ROOM "" "DIR" "USES;LIBS" ${ARGN})
  if(NOT ROOM_DIR)
    set(ROOM_DIR ${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${ROOM_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC gatehouse_flags ${ROOM_USES} ${ROOM_LIBS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE gatehouse_flags ${ROOM_USES} ${ROOM_LIBS})
  endif()

  if(tests AND GATEHOUSE_TESTS)
    add_executable(${name}_tests ${tests})
    target_link_libraries(${name}_tests PRIVATE ${name} test_support GTest::gmock GTest::gtest_main)
    add_test(NAME unit.${name} COMMAND ${name}_tests --gtest_brief=1 --gtest_shuffle)
    set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# argon2_bench: Argon2id as the server computes it against the packaged libargon2.
add_executable(argon2_bench ${CMAKE_CURRENT_LIST_DIR}/argon2_bench.cpp)
target_link_libraries(argon2_bench PRIVATE crypto)

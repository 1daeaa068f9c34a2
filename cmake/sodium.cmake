# gatehouse_sodium: a copy of the packaged libsodium.a with a few symbols renamed.
#
# libsodium maps and unmaps Argon2id's memory for each hash, and the page faults cost more than half of the time.
# Renaming mmap and munmap in its objects lets crypto/argon2id_arena.cpp hand out memory that is there already; the
# same calls in the rest of the program stay as they are (the linker's --wrap would catch them all).
#
# The other names are hidden functions of libsodium that libargon2 exports too, with other structures: without the
# renaming our calls of libargon2 would quietly reach libsodium's.
set(renamed_symbols
  mmap=gatehouse_argon2id_mmap munmap=gatehouse_argon2id_munmap
  argon2_ctx=sodium_argon2_ctx argon2_hash=sodium_argon2_hash argon2_verify=sodium_argon2_verify
  argon2i_hash_encoded=sodium_argon2i_hash_encoded argon2i_hash_raw=sodium_argon2i_hash_raw
  argon2i_verify=sodium_argon2i_verify argon2id_hash_encoded=sodium_argon2id_hash_encoded
  argon2id_hash_raw=sodium_argon2id_hash_raw argon2id_verify=sodium_argon2id_verify)
list(TRANSFORM renamed_symbols PREPEND --redefine-sym=)

find_library(SODIUM_ARCHIVE libsodium.a HINTS ${SODIUM_LIBRARY_DIRS} REQUIRED)
set(renamed_archive ${CMAKE_BINARY_DIR}/gatehouse_sodium.a)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SODIUM_ARCHIVE})
execute_process(COMMAND ${CMAKE_OBJCOPY} ${renamed_symbols} ${SODIUM_ARCHIVE} ${renamed_archive}
                COMMAND_ERROR_IS_FATAL ANY)

add_library(gatehouse_sodium STATIC IMPORTED GLOBAL)
set_target_properties(gatehouse_sodium PROPERTIES IMPORTED_LOCATION ${renamed_archive}
                      INTERFACE_INCLUDE_DIRECTORIES "${SODIUM_INCLUDE_DIRS}")

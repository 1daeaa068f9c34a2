# Compares docs/reference/settings.md with what the program prints.
execute_process(COMMAND ${PROGRAM} config reference OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
file(READ ${REFERENCE} written)
if(NOT printed STREQUAL written)
  message(FATAL_ERROR "docs/reference/settings.md is not what the program prints any more. Renew it with:\n"
                      "  ${PROGRAM} config reference > ${REFERENCE}")
endif()

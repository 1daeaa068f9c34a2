# Compiler and linker flags that every target of ours shares.
add_library(gatehouse_flags INTERFACE)
target_include_directories(gatehouse_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(gatehouse_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wimplicit-fallthrough -Wnon-virtual-dtor
  -Woverloaded-virtual -Wswitch-enum -Werror
  # Designated initialisers leave the rest at its default on purpose.
  -Wno-missing-field-initializers -Wno-missing-designated-field-initializers
  -fno-strict-aliasing -fno-delete-null-pointer-checks)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g -fno-omit-frame-pointer")

if(GATEHOUSE_SANITIZE)
  target_compile_options(gatehouse_flags INTERFACE -fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all)
  # The vptr check probes memory through a pipe, and sees a wild pointer wherever a test has used up the descriptors.
  target_compile_options(gatehouse_flags INTERFACE -fno-sanitize=vptr)
  target_link_options(gatehouse_flags INTERFACE -fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize=vptr)
  target_compile_definitions(gatehouse_flags INTERFACE GATEHOUSE_SANITIZED)
else()
  # Hardening is off under sanitizers, because it hides what they look for.
  target_compile_options(gatehouse_flags INTERFACE
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2> -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
endif()
target_link_options(gatehouse_flags INTERFACE -fuse-ld=lld -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
                    -Wl,--gc-sections)

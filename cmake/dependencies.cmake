# Everything that we did not write ourselves, all of it from Debian packages (see docs/decisions/).
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
if(PEREGRINE_TESTS)
  find_package(GTest REQUIRED)
endif()

# Debian's nghttp2 has no package file for CMake.
find_library(NGHTTP2_LIBRARY nghttp2 REQUIRED)
add_library(peregrine_nghttp2 INTERFACE)
target_link_libraries(peregrine_nghttp2 INTERFACE nghttp2)
set_target_properties(peregrine_nghttp2 PROPERTIES EXPORT_NAME nghttp2)
install(TARGETS peregrine_nghttp2 EXPORT peregrine)

# Debian ships llhttp as C source inside node-llhttp; it is compiled here and installed beside our own libraries.
find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH REQUIRED)
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH REQUIRED)
add_library(peregrine_llhttp STATIC
  ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
target_compile_definitions(peregrine_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_include_directories(peregrine_llhttp SYSTEM PUBLIC $<BUILD_INTERFACE:${LLHTTP_INCLUDE_DIR}>)
set_target_properties(peregrine_llhttp PROPERTIES EXPORT_NAME llhttp C_CLANG_TIDY "")
install(TARGETS peregrine_llhttp EXPORT peregrine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

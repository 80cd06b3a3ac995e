# find_package(peregrine) defines peregrine::peregrine, the whole library; each floor is peregrine::<floor>.
include(CMakeFindDependencyMacro)
find_dependency(OpenSSL COMPONENTS Crypto SSL)
find_dependency(ZLIB)
find_dependency(fmt)
find_dependency(spdlog)
find_dependency(simdjson)
include(${CMAKE_CURRENT_LIST_DIR}/peregrine-targets.cmake)
add_library(peregrine::peregrine ALIAS peregrine::room)

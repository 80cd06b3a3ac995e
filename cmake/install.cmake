include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/peregrine)
install(EXPORT peregrine NAMESPACE peregrine:: DESTINATION ${package_dir} FILE peregrine-targets.cmake)
write_basic_package_version_file(peregrine-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/peregrine-config.cmake ${PROJECT_BINARY_DIR}/peregrine-config-version.cmake
  DESTINATION ${package_dir})

# The libraries that Thimble uses. They are linked statically, libc aside: loading two dozen shared libraries costs more
# than all else at the start of the program. libcurl, whose own dependencies are many and have no archives, is loaded by
# the first request that needs it (src/wire/http/curl.h).

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(Protobuf REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(LibArchive REQUIRED)
find_package(CURL REQUIRED)
find_package(pugixml REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(LIBGIT2 REQUIRED IMPORTED_TARGET libgit2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)

# thimble_archive(TARGET NAME [item...]): the imported target, found as a shared library above, becomes lib<NAME>.a with
# the items that the archive needs. Its include folders stay.
function(thimble_archive target name)
  find_library(THIMBLE_ARCHIVE_${name} NAMES lib${name}.a REQUIRED)
  if(NOT TARGET ${target})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL INTERFACE_LIBRARY)
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${THIMBLE_ARCHIVE_${name}};${ARGN}")
    return()
  endif()
  get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
  foreach(configuration IN LISTS configurations)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${configuration} ${THIMBLE_ARCHIVE_${name}}
      IMPORTED_SONAME_${configuration} "")
  endforeach()
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${THIMBLE_ARCHIVE_${name}}
    INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

foreach(name bz2 lzma lz4 zstd snappy nettle mbedtls mbedx509 mbedcrypto http_parser ssh2 pcre2-8)
  thimble_archive(thimble_${name} ${name})
endforeach()
# By path and not by the finders' own switches: those are not heeded once a build folder has found the shared ones.
thimble_archive(ZLIB::ZLIB z)
thimble_archive(OpenSSL::Crypto crypto ${CMAKE_DL_LIBS})
thimble_archive(OpenSSL::SSL ssl OpenSSL::Crypto)
thimble_archive(protobuf::libprotobuf protobuf Threads::Threads ZLIB::ZLIB)
thimble_archive(PkgConfig::RE2 re2 Threads::Threads)
thimble_archive(yaml-cpp yaml-cpp)
thimble_archive(pugixml::pugixml pugixml)
thimble_archive(Boost::container boost_container Boost::headers)
thimble_archive(Boost::json boost_json Boost::container)
# Of libarchive's dependencies, what zip archives use.
add_library(thimble_archive_without_xar STATIC ${CMAKE_CURRENT_LIST_DIR}/archive_without_xar.c)
thimble_archive(LibArchive::LibArchive archive thimble_archive_without_xar
  ZLIB::ZLIB thimble_bz2 thimble_lzma thimble_lz4 thimble_zstd thimble_nettle OpenSSL::Crypto)
# Its Kerberos login is left out: src/services/codecommit/git/no_kerberos.cpp.
thimble_archive(PkgConfig::LIBGIT2 git2
  thimble_mbedtls thimble_mbedx509 thimble_mbedcrypto thimble_http_parser thimble_ssh2 thimble_pcre2-8 OpenSSL::Crypto ZLIB::ZLIB)
thimble_archive(RocksDB::rocksdb rocksdb
  thimble_snappy ZLIB::ZLIB thimble_bz2 thimble_lz4 thimble_zstd Threads::Threads ${CMAKE_DL_LIBS})
find_library(THIMBLE_JEMALLOC NAMES libjemalloc.a REQUIRED)

#include "services/lambda/spare_start.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace thimble::services::lambda {
namespace {

TEST(SpareStart, VariablesThatAreReadAtTheStart) {
  for (const char* name :
       {"LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHASHSEED", "NODE_OPTIONS", "NODE_PATH", "LANG", "LC_ALL",
        "TZ", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "UV_THREADPOOL_SIZE", "OPENSSL_CONF", "SSLKEYLOGFILE"}) {
    EXPECT_TRUE(readAtStart(std::string_view(name))) << name;
  }
  for (const char* name :
       {"PATH", "HOME", "TABLE", "AWS_REGION", "_HANDLER", "TZ_NAME", "LANGUAGES", "LDAP", "TMPDIR"}) {
    EXPECT_FALSE(readAtStart(std::string_view(name))) << name;
  }
  EXPECT_EQ(readAtStart({"PATH=/bin", "TZ=:UTC", "X=LD_=1", "NODE_PATH="}),
            (std::vector<std::string>{"TZ=:UTC", "NODE_PATH="}));
}

TEST(SpareStart, LibrariesThatAreLookedForAtTheStart) {
  char pattern[] = "/tmp/thimble-spare-XXXXXX";
  const std::string folder = mkdtemp(pattern);
  EXPECT_FALSE(linkedAtStart(folder + "/none"));
  std::filesystem::create_directories(folder + "/lib/more");
  std::ofstream(folder + "/lib/module.py") << "x";
  std::ofstream(folder + "/native.so") << "x";
  EXPECT_FALSE(linkedAtStart(folder));
  std::ofstream(folder + "/lib/libpq.so.5") << "x";
  EXPECT_TRUE(linkedAtStart(folder));
  std::filesystem::remove(folder + "/lib/libpq.so.5");
  EXPECT_FALSE(linkedAtStart(folder));
  std::filesystem::create_directory(folder + "/glibc-hwcaps");
  EXPECT_TRUE(linkedAtStart(folder));
  std::filesystem::remove_all(folder);
}

TEST(SpareStart, CodeThatUsesADearModule) {
  char pattern[] = "/tmp/thimble-spare-XXXXXX";
  const std::string folder = mkdtemp(pattern);
  std::filesystem::create_directories(folder + "/package/inner");
  std::ofstream(folder + "/index.py") << "import json\n";
  std::ofstream(folder + "/README.txt") << "boto3";
  EXPECT_FALSE(usesDearModule("python3.12", folder));
  EXPECT_FALSE(usesDearModule("python3.12", folder + "/none"));
  std::ofstream(folder + "/package/inner/table.py") << "from boto3 import resource\n";
  EXPECT_TRUE(usesDearModule("python3.12", folder));
  EXPECT_FALSE(usesDearModule("nodejs20.x", folder));
  std::filesystem::create_directories(folder + "/boto3");
  EXPECT_FALSE(usesDearModule("python3.12", folder));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace thimble::services::lambda

// A build's root: the host's programs, writable, with nothing of the host changed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sandbox/overlay_layout.h"
#include "sandbox/test_box.h"

namespace thimble::sandbox {
namespace {

/// A folder for changes that goes with the test.
class Overlay : public testing::Test {
 protected:
  Overlay() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thimble-overlay-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Overlay() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  BoxRun build(const std::string& script, const std::string& image = "", bool prepared = false) {
    BoxInput input = shell(script);
    input.image = image;
    input.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"};
    input.root = RootKind::Overlay;
    input.changes = folder_ + "/" + std::to_string(next_++);
    std::filesystem::create_directories(input.changes);
    if (prepared) prepareOverlay(input.changes);
    std::filesystem::create_directories(input.changes + "/root/codebuild");
    std::ofstream(input.changes + "/root/codebuild/given") << "given";
    return run(sharedSandbox(), input);
  }

  std::string folder_;
  int next_ = 0;
};

TEST_F(Overlay, TheCommandIsRootOfItsBoxAndFindsWhatItWasGiven) {
  const BoxRun result = build("id -u; cat /codebuild/given; pwd; test -x /usr/bin/env && echo programs");
  EXPECT_EQ(result.outcome.kind, BoxOutcome::Kind::Exited) << result.outcome.message;
  EXPECT_EQ(result.output, "0\ngiven/\nprograms\n");
}

TEST_F(Overlay, SystemFoldersAreWritableAndTheHostStaysAsItWas) {
  const BoxRun result = build(
      "set -e; echo changed > /etc/thimble-probe; echo changed > /opt/thimble-probe; mkdir -p "
      "/etc/default/thimble-probe;"
      "echo 127.0.0.1 probe >> /etc/hosts; echo x > /root/f; echo x > /tmp/f; echo x > /var/tmp/f; cat "
      "/etc/thimble-probe");
  EXPECT_EQ(result.output, "changed\n") << result.outcome.message;
  EXPECT_FALSE(std::filesystem::exists("/etc/thimble-probe"));
  EXPECT_FALSE(std::filesystem::exists("/opt/thimble-probe"));
}

TEST_F(Overlay, WhatIsMadeAheadChangesNothing) {
  const char* look =
      "for d in / /etc /var /var/lib /usr /opt /tmp /root /codebuild /lib; do stat -c '%n %a %u %g %F' $d; done;"
      "stat -c '%n %a %u %s' /etc/hosts /etc/hostname /etc/resolv.conf /etc/shadow /etc/gshadow; ls /etc /opt /var; "
      "cat /etc/shadow; touch /etc/a /opt/b /tmp/c && echo written";
  const BoxRun plain = build(look);
  EXPECT_EQ(plain.output, build(look, "", true).output) << plain.outcome.message;
  EXPECT_NE(plain.output.find("written"), std::string::npos);
}

TEST_F(Overlay, AsRootPackagesCanBeInstalled) {
  if (!sharedSandbox().support().privileged) GTEST_SKIP() << "an ordinary user's builds cannot change /usr";
  const BoxRun result = build(
      "set -e; echo changed > /usr/bin/thimble-probe; rm /usr/bin/env; touch /var/lib/dpkg/lock-probe;"
      "chown 33:33 /usr/bin/thimble-probe; stat -c %u:%g /usr/bin/thimble-probe; ls /usr/bin/env 2>&1 | wc -l");
  EXPECT_EQ(result.output, "33:33\n1\n") << result.outcome.message;
  EXPECT_TRUE(std::filesystem::exists("/usr/bin/env"));
  EXPECT_FALSE(std::filesystem::exists("/usr/bin/thimble-probe"));
}

TEST_F(Overlay, OneBuildSeesNothingOfAnother) {
  build("echo secret > /usr/local/thimble-probe; echo secret > /tmp/probe; echo secret > /etc/probe");
  EXPECT_EQ(build("cat /usr/local/thimble-probe /tmp/probe /etc/probe 2>/dev/null; ls -A /tmp /root /home | grep -v :")
                .output,
            "\n\n");
}

TEST_F(Overlay, WhatOnlyTheHostsRootMayReadStaysUnreadable) {
  const BoxRun result = build(
      "for f in /etc/shadow- /etc/gshadow- /etc/sudoers /etc/ssl/private/* /etc/ssh/*_key; do "
      "test -e $f && cat $f && echo READ $f; done; ls /work /data /boot /srv /sys 2>/dev/null;"
      "grep -c . /etc/shadow");
  EXPECT_EQ(result.output.find("READ"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("\n1\n"), std::string::npos) << result.output;
}

TEST_F(Overlay, UsersCanBeChanged) {
  if (!sharedSandbox().support().privileged) GTEST_SKIP() << "an ordinary user's builds have one user";
  EXPECT_EQ(build("setpriv --reuid=1000 --regid=1000 --clear-groups id -u").output, "1000\n");
}

TEST_F(Overlay, AnImageIsSeenInsteadOfTheHost) {
  if (!sharedSandbox().support().privileged) GTEST_SKIP() << "an ordinary user's builds have one user";
  // The image: the host's programs copied, as far as a shell needs them.
  const std::string image = folder_ + "/image";
  const std::string make = "set -e; mkdir -p " + image + "/bin " + image + "/etc " + image + "/home/app " + image +
                           "/tmp " + image + "/dev; cd " + image +
                           "; for p in /bin/sh /bin/cat /usr/bin/id /bin/ls /usr/bin/stat; do cp $p bin/; "
                           "for l in $(ldd $p | grep -o '/[^ )]*'); do mkdir -p ./${l%/*}; cp -n $l ./$l; done; done;"
                           "ln -s bin sbin; echo image > etc/probe; echo root:x:0:0::/:/bin/sh > etc/passwd;"
                           "echo secret > etc/shadow; chmod 600 etc/shadow; chown 33:33 home/app; echo x > tmp/left";
  ASSERT_EQ(std::system(make.c_str()), 0);
  const BoxRun result = build(
      "export PATH=/bin; id -u; cat /etc/probe /codebuild/given /etc/shadow; echo; stat -c %u /home/app; ls /tmp;"
      "echo changed > /etc/probe; cat /etc/probe; ls /usr/bin 2>/dev/null; cat /dev/null && echo device;"
      "cat /sbin/nothing 2>/dev/null; cat /etc/hostname",
      image);
  EXPECT_EQ(result.output, "0\nimage\ngivensecret\n\n33\nchanged\ndevice\nthimble\n") << result.outcome.message;
  EXPECT_EQ(build("cat /etc/probe", image).output, "image\n");
}

TEST_F(Overlay, NothingOfTheKernelIsReached) {
  const BoxRun result = build(
      "mount -t tmpfs none /mnt 2>/dev/null && echo MOUNTED; unshare -m true 2>/dev/null && echo UNSHARED;"
      "mknod /tmp/sda b 8 0 2>/dev/null && echo DEVICE; chroot / true 2>/dev/null && echo CHROOT;"
      "(echo x > /proc/sys/kernel/core_pattern) 2>/dev/null && echo CORE; hostname evil 2>/dev/null && echo NAMED;"
      "cat /proc/1/environ 2>/dev/null && echo ENVIRON; ls /proc/1/root/ 2>/dev/null && echo ROOT;"
      "kill -9 1 2>/dev/null; echo end");
  EXPECT_EQ(result.output, "end\n");
}

}  // namespace
}  // namespace thimble::sandbox

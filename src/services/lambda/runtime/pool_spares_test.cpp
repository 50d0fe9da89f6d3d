#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <regex>

#include "base/json.h"
#include "services/lambda/runtime/test_pool.h"

namespace thimble::services::lambda::runtime {
namespace {

using Kind = InvocationResult::Kind;
using base::Json;

using SparesTest = PoolFixture;

/// Its environment at the start is a spare's, or that of its function.
constexpr const char* kWasSpare = R"(
def was_spare():
    with open('/proc/self/environ', 'rb') as file: return b'_HANDLER=' not in file.read()
)";

std::string wasSpare(const std::string& more = "") {
  return std::string(kWasSpare) + "def handler(event, context):\n    return " +
         (more.empty() ? std::string("was_spare()") : more) + "\n";
}

/// All that a Python function can see of where it is.
constexpr const char* kPythonProbe = R"(
import os
before = sorted(__import__('sys').modules)
import locale, resource, signal, socket, stat, subprocess, sys, time

def text(path):
    with open(path) as file: return file.read()

def handler(event, context):
    status = dict(line.split(':\t', 1) for line in text('/proc/self/status').splitlines() if ':\t' in line)
    mounts = sorted(line.split()[1:4] for line in text('/proc/self/mounts').splitlines())
    descriptors = {}
    for number in os.listdir('/proc/self/fd'):
        try: descriptors[number] = os.readlink('/proc/self/fd/' + number).split(':')[0]
        except OSError: pass
    tmp = os.statvfs('/tmp')
    seen = {
        'environment': list(os.environ.items()),
        'environment of a child': subprocess.run(['/usr/bin/env'], stdout=subprocess.PIPE, text=True).stdout,
        'descriptors of a child': subprocess.run(['/bin/ls', '/proc/self/fd'], stdout=subprocess.PIPE, text=True).stdout,
        'folder': os.getcwd(), 'folder by itself': os.listdir('.'), 'root': sorted(os.listdir('/')),
        'code': sorted(os.listdir('/var/task')), 'layers': sorted(os.listdir('/opt')),
        'layers read': text('/opt/layer.txt'), 'runtime': sorted(os.listdir('/var/runtime')),
        'arguments': sys.argv, 'path': sys.path, 'flags': str(sys.flags), 'modules': before,
        'finders': [str(getattr(each, '__name__', type(each).__name__)) for each in sys.meta_path],
        'modules of main': sorted(name for name in vars(sys.modules['__main__'])),
        'who': [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), os.getpid(), os.getppid()],
        'session': [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
        'status': {name: status[name] for name in ('Umask', 'Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd',
            'CapAmb', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters', 'SigBlk', 'SigIgn', 'SigCgt', 'Threads', 'NSpid')},
        'limits': text('/proc/self/limits'), 'users': [text('/proc/self/' + each).split()[::2] for each in ('uid_map', 'gid_map')],
        'priority': [os.nice(0), os.sched_getscheduler(0)], 'mounts': mounts, 'descriptors': descriptors,
        'tmp': [tmp.f_blocks, tmp.f_bsize, tmp.f_files, os.listdir('/tmp'), stat.filemode(os.stat('/tmp').st_mode)],
        'host': socket.gethostname(), 'zone': time.tzname, 'locale': locale.setlocale(locale.LC_CTYPE), 'signals': str(signal.getsignal(2)),
        'encodings': [sys.stdout.encoding, sys.getfilesystemencoding(), sys.stdin.fileno(), sys.stdin.read()],
        'processes': [each for each in os.listdir('/proc') if each.isdigit()][:2],
        'network': sorted(os.listdir('/sys/class/net')) if os.path.exists('/sys/class/net') else text('/proc/net/dev').count(':'),
    }
    refused = {}
    for path in ('/var/task/x', '/opt/x', '/var/runtime/x', '/x'):
        try: open(path, 'w'); refused[path] = False
        except OSError as error: refused[path] = error.errno
    return {'seen': seen, 'refused': refused, 'spare': b'_HANDLER=' not in open('/proc/self/environ', 'rb').read()}
)";

constexpr const char* kNodeProbe = R"(
const fs = require('fs');
const child = require('child_process');
exports.handler = async () => ({
  seen: {
    environment: Object.entries(process.env), folder: process.cwd(), files: fs.readdirSync('.'), arguments: process.argv,
    options: process.execArgv, paths: module.paths, more: require('module').globalPaths, layers: fs.readdirSync('/opt'),
    child: String(child.execFileSync('/usr/bin/env')), descriptors: String(child.execFileSync('/bin/ls', ['/proc/self/fd'])),
    cache: Object.keys(require.cache), children: module.children.length, parent: String(module.parent),
    heap: require('v8').getHeapStatistics().heap_size_limit, zone: new Date(0).getTimezoneOffset(),
    who: [process.getuid(), process.getgid(), process.pid, process.ppid], input: fs.readlinkSync('/proc/self/fd/0'),
    limits: String(fs.readFileSync('/proc/self/limits')), tmp: fs.statfsSync('/tmp').blocks,
    mounts: String(fs.readFileSync('/proc/self/mounts')).split('\n').map((line) => line.split(' ').slice(1, 4).join(' ')).sort(),
  },
  spare: !fs.readFileSync('/proc/self/environ').includes('_HANDLER='),
});
)";

/// The image with a layer and with settings that a spare has not.
std::shared_ptr<Image> furnished(std::shared_ptr<Image> image, const std::string& folder) {
  std::filesystem::create_directories(folder + "/layer");
  std::ofstream(folder + "/layer/layer.txt") << "a layer";
  image->mounts.push_back({folder + "/layer", "/opt"});
  image->environment.push_back("AWS_SECRET_ACCESS_KEY=only this function's \xc3\xa4=\n");
  image->environment.push_back("EMPTY=");
  image->memory_megabytes = 1024;
  image->tmp_megabytes = 700;
  return image;
}

/// What was seen without the name of the instance's log stream and the invocation's trace.
Json withoutNames(const Json& answer) {
  static const std::regex names(R"([0-9/]{11}\[\$LATEST\][0-9a-f]{32}|Root=[-0-9a-f;=A-Za-z]*)");
  return Json::parse(std::regex_replace(answer["seen"].write(), names, "")).value();
}

/// The differences by name, so that a failure can be read.
void expectEqual(const Json& plain, const Json& spare) {
  ASSERT_EQ(plain.size(), spare.size());
  for (const auto& [name, value] : plain.asObject()) EXPECT_EQ(value.write(), spare[name].write()) << name;
}

TEST_F(SparesTest, AFunctionSeesTheSameAsOneStartedPlainly) {
  for (const bool python : {true, false}) {
    const auto probe = [&] { return python ? PoolFixture::python(kPythonProbe) : PoolFixture::node(kNodeProbe); };
    const InvocationResult plain = invoke(furnished(probe(), folder_));
    ASSERT_EQ(plain.kind, Kind::Succeeded) << plain.payload;
    auto other = withSpare(furnished(probe(), folder_));
    pool_->expect(other);
    ASSERT_TRUE(awaitSpares(1));
    const InvocationResult spare = invoke(other);
    ASSERT_EQ(spare.kind, Kind::Succeeded) << spare.payload;
    const Json plain_seen = Json::parse(plain.payload).value();
    const Json spare_seen = Json::parse(spare.payload).value();
    EXPECT_EQ(plain_seen["spare"], Json(false));
    EXPECT_EQ(spare_seen["spare"], Json(true));
    EXPECT_EQ(plain_seen["refused"], spare_seen["refused"]);
    expectEqual(withoutNames(plain_seen), withoutNames(spare_seen));
    makePool({});
  }
}

TEST_F(SparesTest, OneIsMadeAfterTheFirstUseAndReplaced) {
  EXPECT_EQ(pool_->counters().spares, 0u);
  EXPECT_EQ(invoke(withSpare(python(wasSpare()))).payload, "false");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(awaitSpares(1));
    EXPECT_EQ(pool_->counters().instances, static_cast<std::uint64_t>(i + 1));
    const InvocationResult result = invoke(withSpare(python(wasSpare())));
    EXPECT_EQ(result.payload, "true");
    EXPECT_NE(result.log_tail.find("Init Duration: "), std::string::npos);
  }
  EXPECT_EQ(pool_->counters().cold_starts, 4u);
  // What has no kind is started plainly, and needs no spare afterwards.
  EXPECT_EQ(invoke(python(wasSpare())).payload, "false");
  EXPECT_TRUE(awaitSpares(1));
}

TEST_F(SparesTest, OneIsTakenAtWhateverPointOfItsStart) {
  int taken = 0;
  for (int i = 0; i < 40; ++i) {
    // Every millisecond of it.
    makePool({});
    const auto function = withSpare(python(wasSpare()));
    pool_->expect(function);
    usleep(static_cast<useconds_t>(i) * 1000);
    EXPECT_TRUE(i < 30 || awaitSpares(1));
    const InvocationResult result = invoke(function);
    EXPECT_EQ(result.kind, Kind::Succeeded) << result.payload;
    if (result.payload == "true") ++taken;
    EXPECT_EQ(pool_->counters().cold_starts, 1u);
  }
  EXPECT_GT(taken, 5);
}

TEST_F(SparesTest, InstancesDifferInWhatIsRandom) {
  const std::string code =
      wasSpare("[was_spare(), hash('a'), __import__('random').random(), id(object()), __import__('uuid').uuid4().hex]");
  std::vector<Json> seen;
  for (int i = 0; i < 2; ++i) {
    const auto function = withSpare(python(code));
    pool_->expect(function);
    ASSERT_TRUE(awaitSpares(1));
    seen.push_back(Json::parse(invoke(function).payload).value());
    EXPECT_EQ(seen.back()[std::size_t{0}], Json(true));
  }
  for (std::size_t i = 1; i < 5; ++i) EXPECT_NE(seen[0][i], seen[1][i]);
}

TEST_F(SparesTest, LimitsAreTheFunctions) {
  if (!sandbox_->support().memory_limit) GTEST_SKIP() << "memory is limited for each process alone";
  const auto greedy = withSpare(python("def handler(e, c): return len(bytearray(e << 20))\n"));
  greedy->timeout_seconds = 60;
  pool_->expect(greedy);
  ASSERT_TRUE(awaitSpares(1));
  // More than a spare may have, then more than the function may.
  EXPECT_EQ(invoke(greedy, "560").payload, std::to_string(560 << 20));
  EXPECT_EQ(Json::parse(invoke(greedy, "1000").payload).value().stringAt("errorType"), "Runtime.ExitError");
}

TEST_F(SparesTest, ASpareThatCannotStartIsNotNeeded) {
  auto function = withSpare(python("def handler(e, c): return 'plain'\n"));
  function->command = {"/bin/sh", "-c",
                       "[ -n \"$_HANDLER\" ] || exit 3; exec /usr/bin/python3 -S -B /var/runtime/bootstrap.py"};
  EXPECT_EQ(invoke(function).payload, "\"plain\"");
  pool_->expect(function);
  // It ends, and no other is tried.
  for (int i = 0; i < 10000 && pool_->counters().failed_spares == 0; ++i) usleep(1000);
  pool_->retire("function");
  EXPECT_EQ(invoke(function).payload, "\"plain\"");
  EXPECT_EQ(pool_->counters().failed_spares, 1u);
}

TEST_F(SparesTest, ASpareThatCannotBeCompletedIsReplacedPlainly) {
  auto broken = withSpare(python(wasSpare()));
  const std::string code = broken->mounts[0].source;
  broken->mounts[0].source = "/no/such/folder";
  pool_->expect(broken);
  ASSERT_TRUE(awaitSpares(1));
  const InvocationResult result = invoke(broken);
  EXPECT_EQ(result.kind, Kind::CannotStart);
  EXPECT_EQ(result.payload, "mounting /no/such/folder: No such file or directory");
  broken->mounts[0].source = code;
  EXPECT_EQ(invoke(broken).kind, Kind::Succeeded);
}

TEST_F(SparesTest, ASpareThatWasKilledIsNotUsed) {
  auto function = withSpare(python(wasSpare()));
  pool_->expect(function);
  ASSERT_TRUE(awaitSpares(1));
  // Found by the folder of its bootstrap, which no other test has.
  ASSERT_EQ(std::system(("pid=$(grep -l " + folder_ +
                         " /proc/[0-9]*/mountinfo 2> /dev/null | cut -d/ -f3 | sort -n | tail -1); "
                         "grep -q bootstrap.py /proc/$pid/cmdline && kill -9 $pid")
                            .c_str()),
            0);
  ASSERT_TRUE(awaitSpares(0));
  EXPECT_EQ(invoke(function).payload, "false");
}

TEST_F(SparesTest, SparesEndWithTheirSpawner) {
  auto function = withSpare(python(wasSpare()));
  pool_->expect(function);
  ASSERT_TRUE(awaitSpares(1));
  // The newest of our children is this test's spawner.
  const std::string self = std::to_string(getpid());
  std::ifstream children("/proc/self/task/" + self + "/children");
  pid_t spawner = 0;
  while (children >> spawner) {
  }
  ASSERT_EQ(kill(spawner, SIGKILL), 0);
  ASSERT_TRUE(awaitSpares(0));
  // Started plainly, by another spawner, also when the first one's end was not known everywhere.
  EXPECT_EQ(invoke(function).payload, "false");
}

TEST_F(SparesTest, SparesMakeRoom) {
  makePool({.max_instances = 2});
  const auto first = withSpare(python(wasSpare()));
  const auto second = withSpare(python(wasSpare()));
  EXPECT_EQ(invoke(first).payload, "false");
  ASSERT_TRUE(awaitSpares(1));
  // Another kind's instance takes the spare's place; there is no place for a spare of its own.
  EXPECT_EQ(invoke(custom("exit 3")).kind, Kind::FunctionError);
  EXPECT_EQ(invoke(second).kind, Kind::Succeeded);
  EXPECT_EQ(invoke(first).kind, Kind::Succeeded);
}

TEST_F(SparesTest, SparesAreGivenUpAfterAWhile) {
  makePool({.spare_milliseconds = 1000});
  EXPECT_EQ(invoke(withSpare(python(wasSpare()))).payload, "false");
  EXPECT_TRUE(awaitSpares(1));
  EXPECT_TRUE(awaitSpares(0));
  makePool({.spare_milliseconds = 0});
  EXPECT_EQ(invoke(withSpare(python(wasSpare()))).payload, "false");
  EXPECT_EQ(invoke(withSpare(python(wasSpare()))).payload, "false");
  EXPECT_EQ(pool_->counters().spares, 0u);
}

TEST_F(SparesTest, KindsAreFew) {
  for (int i = 0; i < 6; ++i) {
    auto function = withSpare(python(wasSpare()));
    function->command.insert(function->command.begin() + 1, "-X");
    function->command.insert(function->command.begin() + 2, "kind" + std::to_string(i));
    pool_->expect(function);
    EXPECT_TRUE(awaitSpares(static_cast<std::uint64_t>(std::min(i + 1, 4)))) << i;
  }
}

TEST_F(SparesTest, WhatIsLoadedAheadIsWhatWouldHaveBeen) {
  if (invoke(python("def handler(event, context):\n    import boto3\n")).kind != Kind::Succeeded) {
    GTEST_SKIP() << "python3-boto3 is not installed";
  }
  // The modules, their state, and what logging does of it, after the import.
  const std::string code = wasSpare() + R"(
import sys
loaded = 'boto3' in sys.modules
import boto3, botocore.session, logging, os
def handler(event, context):
    logging.getLogger().warning('said')
    client = boto3.client('s3')
    credentials = boto3.DEFAULT_SESSION.get_credentials()
    seen = [sorted(each for each in sys.modules), boto3.__file__, sys.path, [type(each).__name__ for each in sys.meta_path],
            client.meta.region_name, client.meta.endpoint_url, credentials.access_key, client._client_config.user_agent,
            [type(each).__name__ for each in logging.getLogger().handlers], os.environ.get('THIMBLE_PRELOAD'),
            sorted(vars(sys.modules['botocore.session'].Session))]
    return {'seen': seen, 'loaded': loaded, 'spare': was_spare()}
)";
  const auto furnish = [&](std::shared_ptr<Image> image) {
    image->environment.insert(image->environment.end(),
                              {"AWS_REGION=eu-west-3", "AWS_DEFAULT_REGION=eu-west-3", "AWS_ACCESS_KEY_ID=key",
                               "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
                               "AWS_EXECUTION_ENV=AWS_Lambda_python3.12"});
    image->timeout_seconds = 30;
    return image;
  };
  const InvocationResult plain = invoke(furnish(python(code)));
  auto function = withBoto3(furnish(python(code)));
  pool_->expect(function);
  ASSERT_TRUE(awaitSpares(1));
  const InvocationResult spare = invoke(function);
  const Json plain_seen = Json::parse(plain.payload).value();
  const Json spare_seen = Json::parse(spare.payload).value();
  EXPECT_EQ(plain_seen["loaded"], Json(false)) << plain.payload;
  EXPECT_EQ(spare_seen["loaded"], Json(true)) << spare.payload;
  EXPECT_EQ(spare_seen["spare"], Json(true));
  EXPECT_EQ(plain_seen["seen"].write(), spare_seen["seen"].write());
  EXPECT_NE(spare.log_tail.find("[WARNING]\t20"), std::string::npos) << spare.log_tail;
}

TEST_F(SparesTest, WhatAFunctionBringsIsItsOwn) {
  // One of the names that boto3 brings along, in the code or in a layer: this interpreter starts anew.
  const std::string version = Json::parse(invoke(python("import sys\ndef handler(event, context):\n"
                                                        "    return '%d.%d' % sys.version_info[:2]\n"))
                                              .payload)
                                  .value()
                                  .asString();
  for (const std::string& place :
       {std::string(), std::string("python"), "python/lib/python" + version + "/site-packages"}) {
    auto function = withBoto3(python(
        "import queue, os\ndef handler(event, context):\n    return [queue.NAME, 'boto3' in __import__('sys').modules, "
        "dict(os.environ)['EMPTY'], b'EMPTY=' in open('/proc/self/environ', 'rb').read()]\n"));
    furnished(function, folder_);
    const std::string folder = place.empty() ? function->mounts[0].source : folder_ + "/layer/" + place;
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/queue.py") << "NAME = 'own'\n";
    pool_->expect(function);
    ASSERT_TRUE(awaitSpares(1));
    EXPECT_EQ(invoke(function).payload, R"(["own", false, "", true])") << place;
    std::filesystem::remove_all(folder_ + "/layer");
  }
}

TEST_F(SparesTest, AModuleThatIsNotThereIsDoneWithout) {
  auto function = withSpare(python(wasSpare("['THIMBLE_PRELOAD' in __import__('os').environ, was_spare()]")));
  function->spare->environment.push_back("THIMBLE_PRELOAD=no_such_module");
  pool_->expect(function);
  ASSERT_TRUE(awaitSpares(1));
  EXPECT_EQ(invoke(function).payload, "[false, true]");
}

TEST_F(SparesTest, AFunctionCannotAskForAnother) {
  const std::string code = R"(
import http.client
def handler(event, context):
    connection = http.client.HTTPConnection('127.0.0.1', 9001)
    connection.request('GET', '/thimble/spare')
    return connection.getresponse().status
)";
  const auto function = withSpare(python(code));
  EXPECT_EQ(invoke(function).payload, "404");
  ASSERT_TRUE(awaitSpares(1));
  EXPECT_EQ(invoke(withSpare(python(code))).payload, "404");
}

}  // namespace
}  // namespace thimble::services::lambda::runtime

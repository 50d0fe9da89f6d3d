// The cases are in buildspec_cases.yaml, the expectation of each as text: what the buildspec says, or the error.
#include "lang/buildspec/buildspec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "lang/buildspec/batch.h"
#include "lang/buildspec/glob.h"

namespace thimble::lang::buildspec {
namespace {

void showPairs(std::ostream& out, const char* name, const Pairs& pairs) {
  for (const auto& [key, value] : pairs) out << name << " " << key << "=" << value << "\n";
}

void showFiles(std::ostream& out, const std::string& name, const FileSet& set) {
  out << name;
  if (!set.identifier.empty()) out << " " << set.identifier;
  out << ":";
  for (const std::string& file : set.files) out << " " << file;
  for (const std::string& path : set.exclude_paths) out << " !" << path;
  if (!set.base_directory.empty()) out << " in " << set.base_directory;
  if (!set.name.empty()) out << " as " << set.name;
  if (!set.file_format.empty()) out << " format " << set.file_format;
  if (set.discard_paths) out << " discard";
  if (set.enable_symlinks) out << " symlinks";
  out << "\n";
}

std::string show(const Buildspec& spec) {
  std::ostringstream out;
  if (spec.separate_commands) out << "separate commands\n";
  if (!spec.run_as.empty()) out << "run as " << spec.run_as << "\n";
  if (!spec.shell.empty()) out << "shell " << spec.shell << "\n";
  showPairs(out, "variable", spec.variables);
  showPairs(out, "parameter", spec.parameter_store);
  showPairs(out, "secret", spec.secrets_manager);
  for (const std::string& name : spec.exported_variables) out << "export " << name << "\n";
  if (spec.git_credential_helper) out << "git credential helper\n";
  for (std::size_t i = 0; i < spec.phases.size(); ++i) {
    const Phase& phase = spec.phases[i];
    if (!phase.present) continue;
    out << kPhaseKeys[i] << ":";
    if (!phase.run_as.empty()) out << " run as " << phase.run_as;
    if (phase.on_failure == OnFailure::Abort) out << " abort";
    if (phase.on_failure == OnFailure::Continue) out << " continue";
    if (phase.on_failure == OnFailure::Retry) {
      out << " retry " << phase.retry_count;
      if (!phase.retry_expression.empty()) out << " on " << phase.retry_expression;
    }
    out << "\n";
    showPairs(out, "  runtime", phase.runtime_versions);
    for (const std::string& command : phase.commands) out << "  > " << command << "\n";
    for (const std::string& command : phase.finally_commands) out << "  finally > " << command << "\n";
  }
  for (const FileSet& set : spec.reports) showFiles(out, "report", set);
  if (spec.artifacts) showFiles(out, "artifacts", *spec.artifacts);
  for (const FileSet& set : spec.secondary_artifacts) showFiles(out, "secondary", set);
  for (const std::string& path : spec.cache.paths) out << "cache " << path << "\n";
  if (!spec.cache.key.empty()) out << "cache key " << spec.cache.key << "\n";
  if (spec.batch) {
    const Outcome<BatchSpec> batch = readBatch(*spec.batch);
    if (!batch.ok()) {
      out << "batch error: " << batch.error().message << "\n";
    } else {
      if (batch->fast_fail) out << "fast fail\n";
      for (const BatchBuild& build : batch->builds) {
        out << "build " << build.identifier;
        for (const std::string& other : build.depends_on) out << " after " << other;
        if (!build.buildspec.empty()) out << " by " << build.buildspec;
        if (!build.compute_type.empty()) out << " on " << build.compute_type;
        if (!build.image.empty()) out << " image " << build.image;
        if (build.ignore_failure) out << " may fail";
        for (const auto& [name, value] : build.variables) out << " " << name << "=" << value;
        out << "\n";
      }
    }
  }
  return out.str();
}

TEST(Buildspec, Cases) {
  std::ifstream file(THIMBLE_SOURCE_DIR "/src/lang/buildspec/buildspec_cases.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  const Outcome<Node> cases = readNode(text.str());
  ASSERT_TRUE(cases.ok()) << cases.error().message;
  ASSERT_GT(cases->items.size(), 30u);
  for (const Node& each : cases->items) {
    SCOPED_TRACE("buildspec_cases.yaml, line " + std::to_string(each.line));
    const Outcome<Buildspec> spec = readBuildspec(each.find("text")->text);
    const Node* error = each.find("error");
    if (error != nullptr) {
      EXPECT_EQ(spec.ok() ? "no error" : spec.error().message, error->text);
    } else {
      EXPECT_EQ(spec.ok() ? show(*spec) : spec.error().message, each.find("says")->text);
    }
  }
}

TEST(Buildspec, BombsAreRefusedInAnInstant) {
  std::string bomb = "version: 0.2\na: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += (i > 0 ? ",*" : "*") + before;
    bomb += "]\n";
  }
  EXPECT_FALSE(readBuildspec(bomb).ok());
  EXPECT_FALSE(readBuildspec("version: 0.2\nphases: " + std::string(100'000, '[')).ok());
  EXPECT_FALSE(readBuildspec("version: 0.2\nphases: " + std::string(100'000, '{')).ok());
  EXPECT_FALSE(readBuildspec(std::string(2'000'000, 'a')).ok());
  EXPECT_FALSE(readBuildspec("version: 0.2\n\xff\xfe").ok());
}

TEST(Glob, Cases) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  const Case cases[] = {{"**/*", "a", true},
                        {"**/*", "a/b/c", true},
                        {"**/*", ".hidden/x", true},
                        {"*", "a/b", false},
                        {"*.jar", "x.jar", true},
                        {"*.jar", "target/x.jar", false},
                        {"target/*.jar", "target/x.jar", true},
                        {"target/**/*.jar", "target/x.jar", true},
                        {"target/**/*.jar", "target/a/b/x.jar", true},
                        {"target/**", "target/a/b", true},
                        {"a?c", "abc", true},
                        {"a?c", "a/c", false},
                        {"[a-c]x", "bx", true},
                        {"[!a-c]x", "bx", false},
                        {"{a,b}/*.txt", "b/x.txt", true},
                        {"{a,b}/*.txt", "c/x.txt", false},
                        {"a\\*", "a*", true},
                        {"a\\*", "ab", false},
                        {"[", "[", true},
                        {"app.yaml", "app.yaml", true}};
  for (const Case& each : cases) {
    EXPECT_EQ(globMatches(each.pattern, each.path), each.matches) << each.pattern << " " << each.path;
  }
  // No pattern takes more than a moment.
  std::string stars;
  for (int i = 0; i < 300; ++i) stars += "*a";
  EXPECT_FALSE(globMatches(stars + "b", std::string(4000, 'a')));
  std::string deep;
  for (int i = 0; i < 150; ++i) deep += "**/a/";
  std::string path = "a";
  for (int i = 0; i < 500; ++i) path += "/a";
  EXPECT_FALSE(globMatches(deep + "b", path));
  EXPECT_LE(expandBraces("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}").size(), 256u);
}

TEST(Glob, Parts) {
  EXPECT_EQ(normalPath("./a//b/"), "a/b");
  EXPECT_EQ(normalPath("."), "");
  EXPECT_EQ(normalPath("/a/./b"), "/a/b");
  EXPECT_EQ(fixedPart("src/main/**/*.java"), "src/main");
  EXPECT_EQ(fixedPart("**/*"), "");
  EXPECT_EQ(fixedPart("a/b.txt"), "a");
  EXPECT_EQ(fixedPart("ab*"), "");
}

}  // namespace
}  // namespace thimble::lang::buildspec

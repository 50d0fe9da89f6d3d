#include "lang/buildspec/batch.h"

#include <algorithm>
#include <map>
#include <set>

#include "lang/buildspec/reading.h"

namespace thimble::lang::buildspec {
namespace {

constexpr std::size_t kMostBuilds = 100;

bool isIdentifier(const std::string& text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Outcome<void> readEnvironment(const Node& node, BatchBuild& build) {
  if (node.kind == Node::Kind::Null) return {};
  if (node.kind != Node::Kind::Map) return expected("batch env", "a map", node);
  TRY(onlyKeys(node, "batch env", {"compute-type", "fleet", "image", "privileged-mode", "type", "variables"}));
  for (const auto& [key, text] : {std::pair<const char*, std::string*>{"compute-type", &build.compute_type},
                                  {"image", &build.image},
                                  {"type", &build.type}}) {
    if (const Node* member = node.find(key)) {
      TRY_ASSIGN(*text, readText(*member, key));
    }
  }
  if (const Node* member = node.find("privileged-mode")) {
    TRY_ASSIGN(const bool privileged, readBoolean(*member, "privileged-mode"));
    build.privileged_mode = privileged ? "true" : "false";
  }
  if (const Node* member = node.find("variables")) {
    TRY_ASSIGN(build.variables, readPairs(*member, "batch env variables"));
  }
  return {};
}

Outcome<BatchBuild> readBuild(const Node& node, const std::string& what, bool graph) {
  BatchBuild build;
  if (node.kind != Node::Kind::Map) return expected(what, "a list of maps", node);
  if (graph) {
    TRY(onlyKeys(node, what, {"identifier", "buildspec", "debug-session", "depend-on", "env", "ignore-failure"}));
  } else {
    TRY(onlyKeys(node, what, {"identifier", "buildspec", "debug-session", "env", "ignore-failure"}));
  }
  if (const Node* member = node.find("identifier")) {
    TRY_ASSIGN(build.identifier, readText(*member, "identifier"));
  }
  if (const Node* member = node.find("buildspec")) {
    TRY_ASSIGN(build.buildspec, readText(*member, "buildspec"));
  }
  if (const Node* member = node.find("depend-on")) {
    TRY_ASSIGN(build.depends_on, readTexts(*member, "depend-on"));
  }
  if (const Node* member = node.find("ignore-failure")) {
    TRY_ASSIGN(build.ignore_failure, readBoolean(*member, "ignore-failure"));
  }
  if (const Node* member = node.find("env")) TRY(readEnvironment(*member, build));
  return build;
}

Outcome<void> readList(const Node& node, const std::string& what, bool graph, BatchSpec& spec) {
  if (node.kind != Node::Kind::Sequence) return expected(what, "a list", node);
  for (const Node& item : node.items) {
    TRY_ASSIGN(BatchBuild build, readBuild(item, what, graph));
    if (build.identifier.empty()) {
      if (graph) return BuildspecError{"Each build of batch.build-graph must have an identifier" + placeOf(item)};
      build.identifier = "build" + std::to_string(spec.builds.size());
    }
    if (!isIdentifier(build.identifier)) {
      return BuildspecError{"Invalid identifier " + build.identifier + " in " + what + placeOf(item)};
    }
    spec.builds.push_back(std::move(build));
    if (spec.builds.size() > kMostBuilds) return BuildspecError{"A batch may have at most 100 builds" + placeOf(item)};
  }
  return {};
}

/// Every combination of the dynamic lists, over what is static.
Outcome<void> readMatrix(const Node& node, BatchSpec& spec) {
  if (node.kind != Node::Kind::Map) return expected("batch.build-matrix", "a map", node);
  TRY(onlyKeys(node, "batch.build-matrix", {"static", "dynamic"}));
  BatchBuild base;
  if (const Node* fixed = node.find("static"); fixed != nullptr && fixed->kind != Node::Kind::Null) {
    TRY(onlyKeys(*fixed, "batch.build-matrix.static", {"ignore-failure", "env"}));
    TRY_ASSIGN(base, readBuild(*fixed, "batch.build-matrix.static", false));
  }
  std::vector<BatchBuild> builds = {base};
  const auto multiply = [&](const std::vector<std::string>& values, auto set) {
    if (values.empty()) return;
    std::vector<BatchBuild> longer;
    for (const BatchBuild& build : builds) {
      for (const std::string& value : values) {
        if (longer.size() > kMostBuilds) return;
        longer.push_back(build);
        set(longer.back(), value);
      }
    }
    builds = std::move(longer);
  };
  if (const Node* dynamic = node.find("dynamic"); dynamic != nullptr && dynamic->kind != Node::Kind::Null) {
    if (dynamic->kind != Node::Kind::Map) return expected("batch.build-matrix.dynamic", "a map", *dynamic);
    TRY(onlyKeys(*dynamic, "batch.build-matrix.dynamic", {"buildspec", "env"}));
    if (const Node* member = dynamic->find("buildspec")) {
      TRY_ASSIGN(const std::vector<std::string> values, readTexts(*member, "buildspec"));
      multiply(values, [](BatchBuild& build, const std::string& value) { build.buildspec = value; });
    }
    if (const Node* env = dynamic->find("env"); env != nullptr && env->kind == Node::Kind::Map) {
      TRY(onlyKeys(*env, "batch.build-matrix.dynamic.env", {"compute-type", "image", "variables"}));
      if (const Node* member = env->find("compute-type")) {
        TRY_ASSIGN(const std::vector<std::string> values, readTexts(*member, "compute-type"));
        multiply(values, [](BatchBuild& build, const std::string& value) { build.compute_type = value; });
      }
      if (const Node* member = env->find("image")) {
        TRY_ASSIGN(const std::vector<std::string> values, readTexts(*member, "image"));
        multiply(values, [](BatchBuild& build, const std::string& value) { build.image = value; });
      }
      const Node* variables = env->find("variables");
      if (variables != nullptr && variables->kind == Node::Kind::Map) {
        for (const auto& [name, list] : variables->members) {
          TRY_ASSIGN(const std::vector<std::string> values, readTexts(list, "variables." + name));
          multiply(values, [&name = name](BatchBuild& build, const std::string& value) {
            build.variables.emplace_back(name, value);
          });
        }
      }
    }
  }
  if (builds.size() > kMostBuilds) return BuildspecError{"A batch may have at most 100 builds" + placeOf(node)};
  for (BatchBuild& build : builds) {
    build.identifier = "build" + std::to_string(spec.builds.size());
    spec.builds.push_back(std::move(build));
  }
  return {};
}

Outcome<void> checkDependencies(const Node& node, const BatchSpec& spec) {
  std::map<std::string, const BatchBuild*> known;
  for (const BatchBuild& build : spec.builds) {
    if (!known.emplace(build.identifier, &build).second) {
      return BuildspecError{"The identifier " + build.identifier + " is used twice" + placeOf(node)};
    }
  }
  for (const BatchBuild& build : spec.builds) {
    for (const std::string& other : build.depends_on) {
      if (known.count(other) == 0) {
        return BuildspecError{"The build " + build.identifier + " depends on " + other + ", which is not there" +
                              placeOf(node)};
      }
    }
  }
  // Takes away what depends on nothing that is left; what remains is a circle.
  std::set<std::string> done;
  for (bool more = true; more;) {
    more = false;
    for (const BatchBuild& build : spec.builds) {
      const bool ready = std::all_of(build.depends_on.begin(), build.depends_on.end(),
                                     [&](const std::string& other) { return done.count(other) != 0; });
      if (ready && done.insert(build.identifier).second) more = true;
    }
  }
  if (done.size() != spec.builds.size()) {
    return BuildspecError{"The builds of batch.build-graph depend on each other in a circle" + placeOf(node)};
  }
  return {};
}

}  // namespace

Outcome<BatchSpec> readBatch(const Node& batch) {
  BatchSpec spec;
  if (batch.kind != Node::Kind::Map) return expected("batch", "a map", batch);
  TRY(onlyKeys(batch, "batch", {"fast-fail", "build-graph", "build-list", "build-matrix", "build-fanout"}));
  if (const Node* member = batch.find("build-fanout")) {
    return BuildspecError{"batch.build-fanout is not supported" + placeOf(*member)};
  }
  if (const Node* member = batch.find("fast-fail")) {
    TRY_ASSIGN(spec.fast_fail, readBoolean(*member, "fast-fail"));
  }
  if (const Node* member = batch.find("build-graph")) TRY(readList(*member, "batch.build-graph", true, spec));
  if (const Node* member = batch.find("build-list")) TRY(readList(*member, "batch.build-list", false, spec));
  if (const Node* member = batch.find("build-matrix")) TRY(readMatrix(*member, spec));
  if (spec.builds.empty()) {
    return BuildspecError{"batch must have one of build-graph, build-list, build-matrix" + placeOf(batch)};
  }
  TRY(checkDependencies(batch, spec));
  return spec;
}

}  // namespace thimble::lang::buildspec

#include "lang/buildspec/node.h"

#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

#include "base/encoding.h"

namespace thimble::lang::buildspec {
namespace {

struct Refusal {
  BuildspecError error;
};

[[noreturn]] void refuse(const std::string& what, const YAML::Mark& mark) {
  throw Refusal{{what + " at line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1)}};
}

/// AWS's reader says what libyaml says; ours has other words for the same.
std::string libyamlWords(const std::string& message) {
  static const std::pair<const char*, const char*> kWords[] = {
      {"illegal map value", "mapping values are not allowed in this context"},
      {"end of map not found", "did not find expected key"},
      {"end of sequence not found", "did not find expected '-' indicator"},
      {"end of map flow not found", "did not find expected ',' or '}'"},
      {"end of sequence flow not found", "did not find expected ',' or ']'"},
      {"unknown token", "found character that cannot start any token"},
      {"illegal tab when looking for indentation", "found character that cannot start any token"},
      {"illegal block entry", "block sequence entries are not allowed in this context"},
      {"illegal map key", "mapping keys are not allowed in this context"},
      {"illegal EOF in scalar", "found unexpected end of stream"},
      {"illegal document indicator in scalar", "found unexpected document indicator"},
      {"unknown escape character: ", "found unknown escape character"},
      {"alias not found after *", "did not find expected alphabetic or numeric character"},
      {"anchor not found after &", "did not find expected alphabetic or numeric character"},
      {"the referenced anchor is not defined", "unknown anchor referenced"},
  };
  for (const auto& [ours, theirs] : kWords) {
    if (message.compare(0, std::string(ours).size(), ours) == 0) return theirs;
  }
  return message;
}

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const NodeLimits& limits) : limits_(limits) {}

  Node take() { return std::move(result_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { place(make(Node::Kind::Null, mark), anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    // An alias inside of what it names.
    if (found == anchors_.end()) refuse("anchor value contains itself", mark);
    count(found->second.second, mark);
    Node copy = found->second.first;
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    add(std::move(copy), mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Kind::Scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    if (!node.quoted && (value.empty() || value == "~" || value == "null")) node.kind = Node::Kind::Null;
    if (atKey()) node.kind = Node::Kind::Scalar;
    place(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(Node::Kind::Sequence, mark), anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(Node::Kind::Map, mark), anchor, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    bool has_key = false;
    std::string key;
    YAML::Mark key_mark;
    YAML::Mark mark;
  };

  bool atKey() const { return !stack_.empty() && stack_.back().node.kind == Node::Kind::Map && !stack_.back().has_key; }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > limits_.max_nodes) refuse("the buildspec has too many values", mark);
  }

  Node make(Node::Kind kind, const YAML::Mark& mark) {
    count(1, mark);
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.key_line = node.line;
    node.key_column = node.column;
    return node;
  }

  void open(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (atKey()) refuse("the keys of a map must be text", mark);
    if (stack_.size() >= limits_.max_depth) refuse("the buildspec is nested too deeply", mark);
    stack_.push_back({std::move(node), anchor, nodes_, false, {}, {}, mark});
  }

  void close() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    if (level.anchor != 0) anchors_[level.anchor] = {level.node, nodes_ - level.nodes_before + 1};
    add(std::move(level.node), level.mark);
  }

  void place(Node node, YAML::anchor_t anchor) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    if (anchor != 0) anchors_[anchor] = {node, 1};
    add(std::move(node), mark);
  }

  void add(Node node, const YAML::Mark& mark) {
    if (stack_.empty()) {
      result_ = std::move(node);
      return;
    }
    Level& level = stack_.back();
    if (level.node.kind == Node::Kind::Sequence) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (!level.has_key) {
      if (node.kind != Node::Kind::Scalar) refuse("the keys of a map must be text", mark);
      level.key = std::move(node.text);
      level.key_mark = mark;
      level.has_key = true;
      return;
    }
    level.has_key = false;
    node.key_line = level.key_mark.line + 1;
    node.key_column = level.key_mark.column + 1;
    if (level.key == "<<") return merge(level.node, node, mark);
    if (level.node.find(level.key) != nullptr) refuse("key \"" + level.key + "\" already set in map", level.key_mark);
    level.node.members.push_back({std::move(level.key), std::move(node)});
  }

  /// Members that are there stay as they are.
  static void merge(Node& into, const Node& from, const YAML::Mark& mark) {
    if (from.kind == Node::Kind::Sequence) {
      for (const Node& each : from.items) merge(into, each, mark);
      return;
    }
    if (from.kind != Node::Kind::Map) refuse("map merge requires map or sequence of maps as the value", mark);
    for (const NodeMember& member : from.members) {
      if (into.find(member.name) == nullptr) into.members.push_back(member);
    }
  }

  const NodeLimits& limits_;
  std::vector<Level> stack_;
  std::map<YAML::anchor_t, std::pair<Node, std::size_t>> anchors_;
  std::size_t nodes_ = 0;
  Node result_;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string placeOf(const Node& node) {
  return " at line " + std::to_string(node.line) + ", column " + std::to_string(node.column);
}

std::string keyPlaceOf(const Node& node) {
  return " at line " + std::to_string(node.key_line) + ", column " + std::to_string(node.key_column);
}

Outcome<Node> readNode(std::string_view text, const NodeLimits& limits) {
  if (text.size() > limits.max_bytes) return BuildspecError{"the buildspec is larger than 1 MiB"};
  if (!base::isUtf8(text)) return BuildspecError{"control characters are not allowed"};
  Builder builder(limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
  } catch (const Refusal& refusal) {
    return refusal.error;
  } catch (const YAML::Exception& error) {
    return BuildspecError{libyamlWords(error.msg) + " at line " + std::to_string(error.mark.line + 1) + ", column " +
                          std::to_string(error.mark.column + 1)};
  }
  return builder.take();
}

}  // namespace thimble::lang::buildspec

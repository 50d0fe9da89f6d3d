// YAML as a tree that knows its places, for messages with a line and a column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::lang::buildspec {

/// Why a buildspec cannot be used: the message of a phase's context with the code YAML_FILE_ERROR.
struct BuildspecError {
  std::string message;
  bool operator==(const BuildspecError&) const = default;
};

template <class T>
using Outcome = base::Result<T, BuildspecError>;

struct NodeMember;

struct Node {
  enum class Kind { Null, Scalar, Sequence, Map };
  Kind kind = Kind::Null;
  int line = 0;      ///< From 1.
  int column = 0;    ///< From 1.
  int key_line = 0;  ///< Of the key that names it in a map; else as above.
  int key_column = 0;
  bool quoted = false;
  std::string text;                 ///< A scalar's.
  std::vector<Node> items;          ///< A sequence's.
  std::vector<NodeMember> members;  ///< A map's, in order; merge keys (<<) are merged in.

  /// nullptr when this is no map or has no such member.
  const Node* find(std::string_view name) const;
};

struct NodeMember {
  std::string name;
  Node value;
};

/// " at line 3, column 5".
std::string placeOf(const Node& node);
/// The same for the key in front of it.
std::string keyPlaceOf(const Node& node);

/// Bounds on a buildspec's text. AWS's own limit for an inline one is far below.
struct NodeLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 60;
  std::size_t max_nodes = 100'000;  ///< Those that aliases stand for included.
};

/// Reads one YAML document; the Null node for an empty text.
Outcome<Node> readNode(std::string_view text, const NodeLimits& limits = {});

}  // namespace thimble::lang::buildspec

// Nodes as texts, lists and flags, with the messages of what is none.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/buildspec/node.h"

namespace thimble::lang::buildspec {

/// "Expected WHAT to be FORM at line 3, column 5".
BuildspecError expected(const std::string& what, const std::string& form, const Node& node);

Outcome<std::string> readText(const Node& node, const std::string& what);
/// A list of texts; one text stands for a list of one, and nothing for none.
Outcome<std::vector<std::string>> readTexts(const Node& node, const std::string& what);
/// yes, no, true or false, in any case.
Outcome<bool> readBoolean(const Node& node, const std::string& what);
/// A map of texts, in order.
Outcome<std::vector<std::pair<std::string, std::string>>> readPairs(const Node& node, const std::string& what);
/// Refuses a member of any other name.
Outcome<void> onlyKeys(const Node& node, const std::string& what, std::initializer_list<std::string_view> keys);

}  // namespace thimble::lang::buildspec

// Methods and properties of strings, numbers, lists and maps: the ones of their Java classes. Internal to lang/vtl.
#pragma once

#include <string_view>
#include <vector>

#include "lang/vtl/value.h"

namespace thimble::lang::vtl {

/// target.name(arguments). An unknown method gives null; what throws in Java fails the heap.
Value callMethod(Heap& heap, const Value& target, std::string_view name, const std::vector<Value>& arguments);

/// target.name: a map's member, or a getter such as isEmpty.
Value getProperty(Heap& heap, const Value& target, std::string_view name);

/// target[index]; negative indexes of lists count from the end. Null when there is no such element.
Value getIndex(Heap& heap, const Value& target, const Value& index);

/// The == of the language: numbers by value, else like with like, else their texts.
bool equalValues(Heap& heap, const Value& left, const Value& right);

/// Elements that #foreach visits: of a list, or a map's values.
std::vector<Value> elementsOf(const Value& collection);

}  // namespace thimble::lang::vtl

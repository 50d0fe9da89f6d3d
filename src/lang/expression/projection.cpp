#include "lang/expression/projection.h"

#include "lang/expression/varint.h"

namespace thimble::lang::expression {

using base::Json;
using base::Result;

Projection::Projection(std::vector<Path> paths) : paths_(std::move(paths)) {
  for (const Path& path : paths_) {
    Selection* place = &root_;
    for (const PathElement& element : path.elements) {
      place =
          element.isIndex() ? &place->elements[static_cast<std::size_t>(element.index)] : &place->members[element.name];
    }
    place->whole = true;
  }
}

Result<Projection> Projection::parse(std::string_view text, Placeholders& placeholders) {
  TokenStream tokens(ExpressionKind::Projection, text);
  TRY(checkExpressionSize(tokens, text));
  std::vector<Path> paths;
  do {
    TRY_ASSIGN(Path path, parsePath(tokens));
    paths.push_back(std::move(path));
  } while (tokens.accept(","));
  if (!tokens.atEnd()) return tokens.syntaxError();
  TRY(checkPaths(tokens, paths, placeholders));
  std::vector<const Path*> pointers;
  for (const Path& path : paths) pointers.push_back(&path);
  if (const auto message = overlapMessage(pointers)) return tokens.error(*message);
  return Projection(std::move(paths));
}

Result<Projection> Projection::fromAttributesToGet(const Json& names) {
  std::vector<Path> paths;
  if (names.isArray()) {
    std::set<std::string> seen;
    for (const Json& name : names.asArray()) {
      if (!name.isString()) continue;
      TRY(checkAttributeName(name.asString()));
      if (!seen.insert(name.asString()).second) {
        return validationError("One or more parameter values were invalid: Duplicate value in attribute name: " +
                               name.asString());
      }
      paths.push_back({{PathElement{name.asString(), -1, false}}});
    }
  }
  return Projection(std::move(paths));
}

std::set<std::string> Projection::attributes() const {
  std::set<std::string> names;
  for (const Path& path : paths_) names.insert(path.root());
  return names;
}

Item Projection::apply(ItemView item) const {
  std::string entries;
  const std::size_t count = selectMembers(root_, item, entries);
  std::string bytes;
  appendVarint(bytes, count);
  bytes += entries;
  return Item(ItemView(bytes));
}

std::size_t Projection::selectMembers(const Selection& selection, MapView map, std::string& out) {
  // Both sides are sorted by name.
  std::size_t count = 0;
  MapView::Cursor cursor = map.entries();
  std::string_view name;
  ValueView value;
  auto wanted = selection.members.begin();
  while (wanted != selection.members.end() && cursor.next(name, value)) {
    while (wanted != selection.members.end() && wanted->first < name) ++wanted;
    if (wanted == selection.members.end() || wanted->first != name) continue;
    const std::size_t before = out.size();
    appendBytes(out, name);
    if (select(wanted->second, value, out)) {
      ++count;
    } else {
      out.resize(before);
    }
  }
  return count;
}

/// Appends what is selected of the value; false, and nothing appended, when that is nothing.
bool Projection::select(const Selection& selection, ValueView value, std::string& out) {
  if (selection.whole) {
    value.appendTo(out);
    return true;
  }
  if (value.type() == Type::M && !selection.members.empty()) {
    std::string entries;
    const std::size_t count = selectMembers(selection, value.map(), entries);
    if (count == 0) return false;
    std::string body;
    appendVarint(body, count);
    ValueView(Type::M, body += entries).appendTo(out);
    return true;
  }
  if (value.type() == Type::L && !selection.elements.empty()) {
    std::string elements;
    std::size_t count = 0, index = 0;
    ElementCursor cursor = value.elements();
    auto wanted = selection.elements.begin();
    for (ValueView element; wanted != selection.elements.end() && cursor.next(element); ++index) {
      if (wanted->first != index) continue;
      if (select(wanted->second, element, elements)) ++count;
      ++wanted;
    }
    if (count == 0) return false;
    std::string body;
    appendVarint(body, count);
    ValueView(Type::L, body += elements).appendTo(out);
    return true;
  }
  return false;
}

}  // namespace thimble::lang::expression

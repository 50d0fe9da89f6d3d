// Patterns of files, as buildspecs write them: "*", "**", "?", "[a-z]", "{a,b}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thimble::lang::buildspec {

/// Whether a path matches a whole pattern. "*" and "?" stay within a folder, "**" as a whole part stands for any number
/// of folders, also none. Both are relative, or both absolute. Linear in time for each "*" of a pattern; patterns of
/// more than 1024 bytes match nothing.
bool globMatches(std::string_view pattern, std::string_view path);

/// The same pattern for each choice of its braces; at most 256.
std::vector<std::string> expandBraces(std::string_view pattern);

/// "./a//b/" is "a/b"; "." is empty. An absolute path stays absolute.
std::string normalPath(std::string_view path);

/// The folder in which all matches lie: the parts before the first with a wildcard ("src/main/**" gives "src/main").
std::string fixedPart(std::string_view pattern);

}  // namespace thimble::lang::buildspec

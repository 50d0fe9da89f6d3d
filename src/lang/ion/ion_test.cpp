#include "lang/ion/ion.h"

#include <gtest/gtest.h>

#include "lang/ion/boundary.h"

namespace thimble::lang::ion {
namespace {

/// A value in a plain form of its own: kinds of numbers and quotes do not matter in it.
std::string shown(const Value& value) {
  std::string out;
  for (const std::string& each : value.annotations) out += each + "::";
  switch (value.kind) {
    case Value::Kind::Null:
      return out + "null";
    case Value::Kind::Bool:
      return out + (value.flag ? "true" : "false");
    case Value::Kind::Number:
      return out + "#" + value.text;
    case Value::Kind::String:
      return out + "<" + value.text + ">";
    case Value::Kind::Symbol:
      return out + "'" + value.text + "'";
    case Value::Kind::Blob:
      return out + "bytes(" + value.text + ")";
    case Value::Kind::List:
      for (const Value& each : value.items) out += " " + shown(each);
      return "[" + out + " ]";
    case Value::Kind::Struct:
      for (const auto& [name, each] : value.fields) out += " " + name + "=" + shown(each);
      return "{" + out + " }";
  }
  return out;
}

std::string read(std::string_view text) {
  const auto values = parse(text);
  if (!values) return "none";
  std::string out;
  for (const Value& each : *values) out += (out.empty() ? "" : " ") + shown(each);
  return out;
}

TEST(Ion, TextsAreRead) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"$ion_1_0 {Item:{Id:103.,Page:6d2,Flag:false,Who:$dynamodb_SS::[\"a\",\"b\"]}}",
       "{ Item={ Id=#103 Page=#6e2 Flag=false Who=[$dynamodb_SS:: <a> <b> ] } }"},
      {"$ion_1_0\n[ {a:1}, {'b c':2,}, ]", "[ { a=#1 } { b c=#2 } ]"},
      {"", ""},
      {"1 -2 0.5 -1.d3 1_000 0xF -0b101 1e-7 2D+3", "#1 #-2 #0.5 #-1e3 #1000 #15 #-5 #1e-7 #2e+3"},
      {"null null.struct true nan", "none"},
      {"null null.struct true", "null null true"},
      {"abc 'd e' '$ion_1_0' x::y::z", "'abc' 'd e' '$ion_1_0' x::y::'z'"},
      {R"("a\n\"\\\x41\u00e9\U0001F600\ud83d\ude00")", "<a\n\"\\Aé😀😀>"},
      {"'''one ''' '''two\nthree''' \"four\"", "<one two\nthree> <four>"},
      {"{{ aGVs bG8= }} {{}}", "bytes(hello) bytes()"},
      {"/* a */ 1 // b\n 2 //", "#1 #2"},
      {"{\"quoted\": 1, 'x'\t: 2}", "{ quoted=#1 x=#2 }"},
      // What is no Ion, or not of a kind that is read.
      {"{", "none"},
      {"[1", "none"},
      {"[1 2]", "none"},
      {"{a 1}", "none"},
      {"{1:2}", "none"},
      {"\"a", "none"},
      {"\"a\nb\"", "none"},
      {R"("\ud83d")", "none"},
      {R"("\q")", "none"},
      {"\"\xff\"", "none"},
      {"2020-01-01T", "none"},
      {"2020-01-01T00:00:00Z", "none"},
      {"(1)", "none"},
      {"{{\"clob\"}}", "none"},
      {"{{?}}", "none"},
      {"01", "none"},
      {"1.2.3", "none"},
      {"1d", "none"},
      {"1__0", "none"},
      {"+inf", "none"},
      {"$10", "none"},
      {"a::", "none"},
      {"/* a", "none"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(read(text), wanted) << text;
  EXPECT_EQ(read(std::string(kMostNesting, '[') + std::string(kMostNesting, ']')).substr(0, 3), "[ [");
  EXPECT_EQ(read(std::string(100'000, '[')), "none");
  std::string annotated;
  for (int i = 0; i < 100'000; ++i) annotated += "a::";
  EXPECT_EQ(read(annotated + "1"), "none");
}

TEST(Ion, WhatIsWrittenIsRead) {
  const std::pair<std::string_view, std::string_view> numbers[] = {{"103", "103."},   {"600", "6d2"},  {"0", "0."},
                                                                   {"-0", "-0."},     {"-20", "-2d1"}, {"1.50", "1.50"},
                                                                   {"3E+40", "3d40"}, {"3e-4", "3d-4"}};
  for (const auto& [digits, wanted] : numbers) {
    std::string out;
    writeDecimal(out, digits);
    EXPECT_EQ(out, wanted);
    EXPECT_NE(read(out), "none");
  }
  const std::pair<std::string_view, std::string_view> names[] = {
      {"abc", "abc"},         {"", "''"},     {"null", "'null'"}, {"a b", "'a b'"}, {"$ion", "$ion"}, {"$1", "'$1'"},
      {"it's", R"('it\'s')"}, {"1a", "'1a'"}, {"é", "'é'"}};
  for (const auto& [name, wanted] : names) {
    std::string out;
    writeSymbol(out, name);
    EXPECT_EQ(out, wanted);
    EXPECT_EQ(read("{" + out + ":1}"), "{ " + std::string(name) + "=#1 }");
  }
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  std::string out;
  writeString(out, every);
  EXPECT_EQ(out.find('\n'), std::string::npos);
  EXPECT_EQ(read(out), "<" + every + ">");
  out.clear();
  writeBlob(out, every);
  EXPECT_EQ(read(out), "bytes(" + every + ")");
}

TEST(Ion, TextsAreCutBetweenValues) {
  // Lines, and behind which of them nothing is open.
  const std::pair<std::vector<std::string_view>, std::string_view> texts[] = {
      {{"{a:1}", "{a:", "[1,", "(2)]}", "", "7"}, "1..111"},
      {{R"("{")", R"("\"{")", "'{'", R"('\'[')", "{}"}, "11111"},
      {{"'''{", R"(\''' ")", "''' '''", "}'''"}, "...1"},
      {{"// {", "/* {", "*/ {", "// }", "}"}, "1...1"},
      {{"{{aGk=}}", "{{", "aGk=}}"}, "1.1"},
      // What is no Ion spoils no more than it must.
      {{"}", "\"open", "'open", "{}"}, "1111"},
      {{"{", "\"open", "}"}, "..1"}};
  for (const auto& [lines, wanted] : texts) {
    Boundary boundary;
    std::string found;
    for (const std::string_view line : lines) {
      boundary.read(std::string(line) + "\n");
      found += boundary.between() ? '1' : '.';
    }
    EXPECT_EQ(found, wanted) << lines[0];
  }
}

}  // namespace
}  // namespace thimble::lang::ion

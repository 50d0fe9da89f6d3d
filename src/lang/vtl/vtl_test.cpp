#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "lang/vtl/gateway.h"
#include "lang/vtl/template.h"

namespace thimble::lang::vtl {
namespace {

using base::Json;

/// Enough of JSONPath for these tests: member names and indexes.
base::Result<std::optional<Json>, std::string> selectMembers(const Json& root, std::string_view path) {
  if (path.substr(0, 1) != "$") return std::string("no path");
  Json at = root;
  std::string name;
  for (char c : std::string(path.substr(1)) + ".") {
    if (c != '.' && c != '[' && c != ']') {
      name += c;
      continue;
    }
    if (name.empty()) continue;
    const Json next = at.isArray() ? at[static_cast<std::size_t>(std::stoul(name))] : at[name];
    if (next.isNull()) return std::optional<Json>();
    at = next;
    name.clear();
  }
  return std::optional<Json>(at);
}
const JsonPathQuery kQuery = selectMembers;

struct Rendered {
  std::string text;
  std::string error;
};

Rendered render(std::string_view text, const Json& variables = {}, const std::string& body = {},
                const Json& parameters = {}, const Limits& limits = {}) {
  const auto compiled = Template::compile(text);
  if (!compiled.ok()) {
    return {"", std::to_string(compiled.error().line) + ":" + std::to_string(compiled.error().column) + " " +
                    compiled.error().message};
  }
  Rendering rendering(compiled.value(), limits);
  Input input(body, parameters, kQuery);
  Util util;
  rendering.set("input", &input);
  rendering.set("util", &util);
  if (variables.isObject()) {
    for (const auto& [name, value] : variables.asObject()) {
      rendering.set(name, rendering.heap().fromJson(value, PrintStyle::JsonLists));
    }
  }
  auto result = rendering.run();
  if (!result.ok()) return {"", result.error().message};
  return {std::move(result).value(), ""};
}

struct Case {
  const char* text;
  const char* expected;
};

TEST(Vtl, Renders) {
  const Json variables =
      Json::parse(
          R"({"name": "World", "list": [1, "two", {"three": 3.0}], "map": {"a": 1, "b": {"c": [true, null]}}, "n": 7})")
          .value();
  const Case cases[] = {
      // References
      {"$name ${name} $!name $!{name}s", "World World World Worlds"},
      {"$missing|$!missing|${missing.x.y()}|", "|||"},
      {"$name. $name.x$ $5 ${ $!", "World. $ $5 ${ $!"},
      {"$map.a $map.get('a') $map['a'] ${map.b.c[0]}", "1 1 1 true"},
      {"$list[0] $list.get(1) $list[2].three $list[-1].three $list[9]", "1 two 3.0 3.0 "},
      {"$name[x] $list [0]", "World[x] [1,\"two\",{\"three\":3.0}] [0]"},
      {"\\$name \\\\$name \\$missing \\n", "$name \\World \\$missing \\n"},
      {"$map", "{a=1, b={c=[true,null]}}"},
      // Text, comments, literal blocks
      {"a ## gone\nb #* all\n gone *#c #[[ $name #if ]]#", "a b c  $name #if "},
      {"#ff0000 #1 # #foo #foo(1) {#}", "#ff0000 #1 # #foo #foo(1) {#}"},
      {"\\#if \\\\#if(true)x#end", "#if \\x"},
      // #set
      {"#set($a = 1)#set($a.b = 2)$a", "1"},
      {"#set($m = {})#set($m.x = [1])#set($m.x[0] = 'y')#set($m['z'] = $m.x.size())$m", "{x=[y], z=1}"},
      {"#set($a = 'x')#set($a = $missing)$a", "x"},
      {"x\n  #set($a = 1)\ny", "x\n  y"},
      {"#if(true)\n  #set($a = 1)\ny#end", "y"},
      // Arithmetic
      {"#set($x = 7 / 2)$x,#set($x = 7 % 4)$x,#set($x = 7 / 2.0)$x,#set($x = (1 + 2) * -3)$x", "3,3,3.5,-9"},
      {"#set($x = 1 / 0)[$x]#set($x = 'a' + 1 + true)$x", "[]a1true"},
      {"#set($x = 9223372036854775807 + 1)$x", "9.223372036854776E18"},
      // Conditions
      {"#if($missing)a#elseif($n == 7.0)b#else c#end", "b"},
      {"#if(!$missing && ($n > 6 and $n le 7))yes#end", "yes"},
      {"#if($missing != 'x')a#end#if($missing == $gone)b#end#if('7' == $n)c#end", "bc"},
      {"#if('')empty is true#end#{if}(false)#{else}x#{end}", "empty is truex"},
      {"#if(true)\n a\n#else\n b\n#end\nc", " a\nc"},
      // Loops
      {"#foreach($i in $list)$foreach.index$foreach.count$foreach.first$foreach.last$foreach.hasNext;#end",
       "01truefalsetrue;12falsefalsetrue;23falsetruefalse;"},
      {"#foreach($v in $map)$v #end", "1 {c=[true,null]} "},
      {"#foreach($e in $map.entrySet())$e.key:$e.value|#end", "a:1|b:{c=[true,null]}|"},
      {"#foreach($i in [1..3])#if($i == 2)#break#end$i#end.", "1."},
      {"#foreach($i in [1..2])#foreach($j in [1..2])$foreach.parent.count$velocityCount #end#end", "11 12 21 22 "},
      {"a#stop b", "a"},
      {"#set($i = 'kept')#foreach($i in [1])#end$i$foreach", "kept"},
      // #define and #macro
      {"#define($b)[$n]#end$b#set($n = 8)$b", "[7][8]"},
      {"#macro(pair $a $b)<$a,$b>#end#pair('x' 2)#pair($n, \"q$name\")", "<x,2><7,qWorld>"},
      {"#late(1)#macro(late $x)late $x#end", "late 1"},
      // Strings
      {"#set($s = \"a${name}b$missing#if(true)c#end\")$s", "aWorldbc"},
      {"#set($s = 'a$name')$s,#set($q = \"a\\\"b\")$q", "a$name,a\\\"b"},
      {"$name.length() $name.substring(1, 3) $name.toUpperCase() $name.indexOf('l') $name.charAt(0)", "5 or WORLD 3 W"},
      {"#set($s = ' a,b,,')$s.trim().split(',') $s.replace(',', '') $s.contains('b') $s.isEmpty()",
       "[a, b]  ab true false"},
      {"$name.replaceAll('([a-z])', '$1.') $name.matches('[A-Z].*') $name.endsWith('ld') $name.equals('World')",
       "Wo.r.l.d. true true true"},
      // Lists and maps
      {"#set($l = [3, 'x'])#set($x = $l.add(1.5))$l $l.size() $l.contains('x') $l.remove(0) $l.indexOf('x') $l",
       "[3, x, 1.5] 3 true 3 0 [x, 1.5]"},
      {"#set($m = {'k': 1, 'l': null})$m $m.keySet() $m.containsKey('l') $m.size() $m.remove('k') $m.isEmpty()",
       "{k=1, l=null} [k, l] true 2 1 false"},
      {"#set($a = [1])#set($b = $a)#set($x = $b.add(2))$a", "[1, 2]"},
  };
  for (const Case& each : cases) {
    const Rendered rendered = render(each.text, variables);
    EXPECT_EQ(rendered.text, each.expected) << each.text;
    EXPECT_EQ(rendered.error, "") << each.text;
  }
}

TEST(Vtl, InputAndUtil) {
  const Json parameters =
      Json::parse(R"({"path": {"id": "p"}, "querystring": {"id": "q", "x": "1 2"}, "header": {"X-Y": "h"}})").value();
  const std::string body = R"({"a": {"b": "it's \"so\"/é"}, "l": [1, {"c": null}], "n": null})";
  const Case cases[] = {
      {"$input.body", R"({"a": {"b": "it's \"so\"/é"}, "l": [1, {"c": null}], "n": null})"},
      {"$input.json('$.a')", R"({"b":"it's \"so\"/é"})"},
      {"$input.json('$.none') $input.path('$.none')", "\"\" "},
      {"$input.path('$.l') $input.path('$').l[0] $input.path('$')",
       R"([1,{"c":null}] 1 {a={b=it's "so"/é}, l=[1,{"c":null}], n=null})"},
      {"$util.escapeJavaScript($input.path('$.a.b'))", R"(it\'s \"so\"\/\u00E9)"},
      {"$input.params('id') $input.params('x') $input.params('X-Y') $input.params('x-y') [$input.params('none')]",
       "p 1 2 h h []"},
      {"$input.params().path.id $input.params().header.get('X-Y') #foreach($k in $input.params().keySet())$k #end",
       "p h path querystring header "},
      {"$util.urlEncode('a b&c/é*') $util.urlDecode('a+b%26')", "a+b%26c%2F%C3%A9* a b&"},
      {"$util.base64Encode('hello') $util.base64Decode('aGVsbG8=')", "aGVsbG8= hello"},
      {"#set($j = $util.parseJson('{\"a\": [1, 2], \"n\": null}'))$j.a[1] #if(!$j.n)null#else value#end", "2  value"},
  };
  for (const Case& each : cases) {
    const Rendered rendered = render(each.text, {}, body, parameters);
    EXPECT_EQ(rendered.text, each.expected) << each.text;
    EXPECT_EQ(rendered.error, "") << each.text;
  }
  EXPECT_EQ(render("$input.body $input.json('$')").text, "{} {}");
  EXPECT_NE(render("$input.json('$')", {}, "no json").error, "");
  EXPECT_EQ(escapeJavaScript("\xF0\x9F\x98\x80\xFF"), "\\uD83D\\uDE00\\u00FF");
}

TEST(Vtl, RefusesWhatIsBroken) {
  for (const char* text :
       {"#if(true)", "#if true", "#end", "#else", "#set($a = )", "#set($a 1)", "#foreach($a)x#end",
        "#foreach(a in $b)#end", "#macro()#end", "#* open", "#set($a = 'open)", "$a.b('x'", "#set($a = [1, 2)",
        "#set($a = {1})", "#include('x')", "#evaluate('x')", "#set($x = 1e999)"}) {
    EXPECT_NE(render(text).error, "") << text;
  }
  EXPECT_EQ(render("a\n  #if($x").error, "2:9 Expected \")\" in #if");
}

TEST(Vtl, FailsWhereJavaThrows) {
  for (const char* text : {"#set($s = 'abc')$s.substring(5)", "#set($l = [1])$l.get(3)", "$util.parseJson('{')",
                           "#set($s = 'a')$s.matches('(')", "$util.base64Decode('%')"}) {
    EXPECT_NE(render(text).error, "") << text;
  }
}

TEST(Vtl, IsBounded) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "#if(true)";
  std::string parentheses = "#set($a = " + std::string(5000, '(') + "1" + std::string(5000, ')') + ")";
  std::string negations = "#if(" + std::string(5000, '!') + "true)#end";
  std::string sum = "#set($a = 1";
  for (int i = 0; i < 5000; ++i) sum += " + 1";
  sum += ")$a";
  const std::string texts[] = {
      deep,
      parentheses,
      negations,
      sum,
      std::string((1 << 20) + 1, 'x'),
      "#macro(f)#f()#f()#end#f()",
      "#define($a)$a$a#end$a",
      "#set($m = {})#set($x = $m.put('m', $m))$m",
      "#set($l = [])#set($x = $l.add($l))#if($l == [$l])x#end$l.equals([$l])$l",
      "#foreach($a in [1..900])#foreach($b in [1..900])#foreach($c in [1..900])x#end#end#end",
      "#set($s = 'xxxxxxxx')#foreach($i in [1..100])#set($s = \"$s$s\")#end",
      "#set($s = 'xxxxxxxx')#foreach($i in [1..100])#set($s = $s + $s)#end",
      "#set($s = 'ab')#foreach($i in [1..100])#set($s = $s.replaceAll('', $s))#end",
      "#foreach($i in [1..9999999])x#end",
      "#set($l = [1])#foreach($i in [1..1000])#set($x = $l.addAll($l))#end",
      "#set($s = 'a')$s.repeat(99999999999)",
  };
  for (const std::string& text : texts) EXPECT_NE(render(text).error, "") << text.substr(0, 80);
  // Velocity ends a loop at its limit and goes on.
  EXPECT_EQ(render("#foreach($i in [1..5000])x#end!").text, std::string(1000, 'x') + "!");
}

/// Cases recorded from AWS, when they are there: $THIMBLE_CONFORMANCE/vtl.json.
TEST(Vtl, Conformance) {
  const char* folder = std::getenv("THIMBLE_CONFORMANCE");
  const std::string path =
      (folder ? std::string(folder) : std::string(THIMBLE_SOURCE_DIR) + "/../shared/conformance") + "/vtl.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no recorded cases at " << path;
  std::stringstream content;
  content << file.rdbuf();
  const auto parsed = Json::parse(content.str());
  ASSERT_TRUE(parsed.ok());
  auto squeeze = [](const std::string& text) {
    std::string out;
    for (char c : text) {
      if (!std::isspace(static_cast<unsigned char>(c))) out += c;
    }
    return out;
  };
  int passed = 0;
  for (const Json& each : parsed.value()["cases"].asArray()) {
    // API Gateway drops the blanks at a template's beginning, so the recorded texts have no newline of the prelude.
    std::string text = "#set($body = $context.requestOverride.path.body)\n#set($bodyJSON = $util.parseJson($body)) ";
    const Json& variables = each["context"];
    if (variables.isObject()) {
      const char* separator = "";
      for (const auto& [name, value] : variables.asObject()) {
        text += separator + ("#set($" + name + " = $bodyJSON." + name + ")");
        separator = " ";
      }
    }
    text += "\n" + each.stringAt("template");
    const std::string body = variables.isObject() ? variables.write() : "{}";
    const Json context = Json::object({{"requestOverride", Json::object({{"path", Json::object({{"body", body}})}})}});
    const Rendered rendered = render(text, Json::object({{"context", context}}));
    std::string expected =
        each["expected_aws"].isString() ? each.stringAt("expected_aws") : each["expected_aws"].write();
    std::string actual = rendered.text;
    if (!each["expected_aws"].isString() || each["ignore_whitespaces"].asBool()) {
      expected = squeeze(expected);
      actual = squeeze(actual);
    }
    const bool same = actual == expected;
    EXPECT_TRUE(same) << each.stringAt("id") << "\n" << rendered.error << "\n[" << actual << "]\n[" << expected << "]";
    passed += same ? 1 : 0;
  }
  RecordProperty("passed", passed);
  std::printf("recorded cases: %d of %zu\n", passed, parsed.value()["cases"].size());
}

}  // namespace
}  // namespace thimble::lang::vtl

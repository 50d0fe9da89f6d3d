"""AWS's regular expressions for RE2, which has neither lookarounds, back references nor \\u escapes.

A pattern is written as RE2 text that whole values must match, and where needed a second one that they must not.
What the rules below cannot write stands in TRANSLATED by hand; anything else is an error of the generation.
"""
import collections
import re

Translation = collections.namedtuple("Translation", ["re2", "forbidden"])


class PatternError(Exception):
    pass


# Pattern as in the model -> (what the value must match, what it must not match).
TRANSLATED = {
    # At least one character that is no digit.
    r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": (r"[a-zA-Z0-9_\-.]+", r"[0-9]+"),
    r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)": (r"[a-zA-Z0-9\-_]+", r"[0-9]+"),
    r"((?!^\d+$)^[0-9a-zA-Z-_]+$)": (r"[a-zA-Z0-9\-_]+", r"[0-9]+"),
    r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)": (r"[_a-zA-Z0-9][^$]*", r"(?s)system\..*"),
    r"[0-9A-Za-z\.\-_]*(?<!\.)": (r"[0-9A-Za-z.\-_]*", r".*\."),
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": (r"[a-z0-9][a-z0-9\-]{1,61}[a-z0-9]", r".*--.*"),
    r"^(?!\s*$).+": (r".+", r"\s*"),
    # A date of ISO 8601, its repeated separators written out.
    r"^([\-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00)([\.,]\d(?!:))?)?(\17[0-5]\d([\.,]\d)?)?([zZ]|([\-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$":
        (r"-?\d{4}(-?((0[1-9]|1[0-2])(-?([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|"
         r"3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])(:?[0-5]\d)?|24:?00)([.,]\d)?)?(:?[0-5]\d([.,]\d)?)?"
         r"([zZ]|-([01]\d|2[0-3]):?([0-5]\d)?)?)?)?", ""),
    # Up to 2,000 characters, in two counts that RE2 takes.
    r"^https:\/\/[-a-zA-Z0-9@:%._\+~#=]{1,253}\.s3(\.[a-z\d-]{9,16})?\.amazonaws\.com\/.{1,2000}":
        (r"https://[-a-zA-Z0-9@:%._+~#=]{1,253}\.s3(\.[a-z\d\-]{9,16})?\.amazonaws\.com/.{1,1000}.{0,1000}", ""),
    # A qualifier that is no number, written as one that has something else among its digits.
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?":
        (r"(arn:(aws[a-zA-Z\-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d:)?(\d{12}:)?(function:)?"
         r"[a-zA-Z0-9\-_]{1,64}(:[0-9]*[a-zA-Z\-_][0-9a-zA-Z\-_]*)?", ""),
    # Up to 1,017 characters, in two counts.
    r"^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w-\/.@+=,]{1,1017}$":
        (r"arn:aws[a-z0-9\-]*:iam::\d{12}:role/[\w\-/.@+=,]{1,1000}[\w\-/.@+=,]{0,17}", ""),
    # Surrogates, which UTF-8 has none of: every character from the blank on but U+FFFE and U+FFFF.
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*":
        (r"[\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}\r\n\t]*", ""),
}

CLASSES = {
    "ASCII": r"\x00-\x7F", "Print": r"\x20-\x7E", "Graph": r"\x21-\x7E", "Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z",
    "Digit": "0-9", "Lower": "a-z", "Upper": "A-Z", "Space": r"\s", "Blank": r" \t", "XDigit": "0-9a-fA-F",
    "Punct": r"!-/:-@\[-`{-~",
}
UNICODE_CLASS = re.compile(r"(L[ulmto]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfos]?)$")
KEPT_ESCAPES = "dDwWsSbBAznrtfvaQE"
MAX_REPEAT = 1000  # RE2's bound on a counted repetition.


def translate(model: str, shape: str, pattern: str, maximum=None) -> Translation:
    if pattern in TRANSLATED:
        return Translation(*TRANSLATED[pattern])

    def fail(reason):
        raise PatternError(f"{model}: pattern of {shape} needs a translation in tools/shape_patterns.py ({reason}): "
                           f"{pattern!r}")

    out, i, in_class, class_start = [], 0, False, -1
    while i < len(pattern):
        c, rest = pattern[i], pattern[i:]
        if c == "\\":
            unicode_escape = re.match(r"\\u([0-9A-Fa-f]{4})", rest)
            named = re.match(r"\\([pP])\{(\w+)\}", rest) or re.match(r"\\([pP])([LMNPSZC])", rest)
            if unicode_escape:
                code = int(unicode_escape[1], 16)
                if 0xD800 <= code < 0xE000:
                    fail("surrogate")
                out.append(f"\\x{{{code:X}}}")
                i += 6
            elif named:
                kind, name = named[1], named[2]
                if UNICODE_CLASS.match(name):
                    out.append(f"\\{kind}{{{name}}}")
                elif name in CLASSES and kind == "p":
                    out.append(CLASSES[name] if in_class else f"[{CLASSES[name]}]")
                else:
                    fail(f"class {name}")
                i += len(named[0])
            elif re.match(r"\\x([0-9A-Fa-f]{2}|\{[0-9A-Fa-f]+\})", rest):
                out.append(rest[:2])
                i += 2
            elif len(rest) < 2:
                fail("trailing backslash")
            elif rest[1].isdigit():
                fail("back reference")
            elif rest[1].isalpha() and rest[1] not in KEPT_ESCAPES:
                fail(f"escape \\{rest[1]}")
            else:
                out.append(rest[1] if rest[1] == "_" else rest[:2])
                i += 2
            continue
        if in_class:
            if c == "]" and i > class_start:
                in_class = False
                out.append(c)
            elif rest.startswith("&&"):
                fail("intersection of classes")
            elif c == "[" and rest.startswith("[:") and ":]" in rest:
                end = rest.index(":]") + 2
                out.append(rest[:end])
                i += end
                continue
            else:
                out.append("\\[" if c == "[" else c)
            i += 1
            continue
        if c == "[":
            in_class = True
            out.append(c)
            i += 1
            if pattern[i:i + 1] == "^":
                out.append("^")
                i += 1
            class_start = i
            continue
        if re.match(r"\(\?(=|!|<=|<!|>)", rest):
            fail("lookaround")
        group = re.match(r"\(\?<(\w+)>", rest)
        if group:
            out.append(f"(?P<{group[1]}>")
            i += len(group[0])
            continue
        repeat = re.match(r"\{(\d+)(,(\d*))?\}", rest)
        if repeat:
            low, high = int(repeat[1]), repeat[3]
            text = repeat[0]
            if low > MAX_REPEAT:
                fail("repetition")
            if high and int(high) > MAX_REPEAT:
                # Only a repetition that is the whole pattern leaves its bound to the shape's max.
                alone = i + len(text) == len(pattern.rstrip("$")) and maximum is not None and maximum <= int(high)
                if not alone:
                    fail("repetition")
                text = f"{{{low},}}"
            out.append(text)
            i += len(repeat[0])
            if pattern[i:i + 1] == "+":
                fail("possessive repetition")
            continue
        if c in "*+?" and pattern[i + 1:i + 2] == "+":
            fail("possessive repetition")
        out.append(c)
        i += 1
    return Translation("".join(out), "")

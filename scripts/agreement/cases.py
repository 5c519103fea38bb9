"""Cases for the comparison of parsers besides those of tests/language: valid, odd and hostile bodies, the same every time.

docs/conformance.md names the known disagreements.
"""

ATOMS = ["1", "0.5", "1e3", "1E-2", "01", "1.", ".5", "1e", "0x1", "1_000", "true", "null", "a", "a-b", "_a", "é", '"x"', '""', '"${a}"',
         '"a${b}c"', '"%{ if a }x%{ else }y%{ endif }"', '"%{ for k, v in a }${k}%{ endfor }"', '"\\n\\t\\"\\\\\\u00e9\\U0001f600"',
         '"\\q"', '"\\u12"', '"$${a}"', '"%%{a}"', '"$"', '"${"', '"a', "'a'", "()", "(a)", "((a))", "[]", "[1,]", "[1,,2]", "[,]", "{}",
         "{a=1}", "{a:1}", "{a=1,b=2}", "{a=1 b=2}", '{"a"=1}', "{(a)=1}", "{a.b=1}", "{true=1}", "{1=2}", "{a}", "{a=}", "{=1}",
         "f()", "f(1)", "f(1,)", "f(a...)", "f(a...,b)", "f(,)", "f", "core::f(1)", "a::b", "core::f", "::f()", "a::b::c(1)",
         "[for x in a: x]", "[for x, y in a: x if y]", "{for k, v in a: k => v}", "{for k, v in a: k => v...}", "[for x in a: x => x]",
         "{for k in a: k}", "[for in a: x]", "[for x a: x]", "[for x in a]", "[for x in a: x...]", "[for x in a: x if]", "[for]", "[for, 1]", "[for.x]", "{for = 1}", "{for : 1}", "{for}", "[a, for]", "{a = 1, for = 2}",
         "a.b", "a.0", "a.0.1", "a.b.0.c", "a[0]", 'a["b"]', "a[b]", "a[]", "a[0", "a.*", "a.*.b", "a[*]", "a[*].b[0]", "a.*.b[0]", "a..b",
         "a.", ".a", "a.*b", "a[0].b[*].c", "a?b:c", "a ? b : c ? d : e", "a?b", "a?:c", "?", "-1", "--1", "- -1", "!a", "!!a", "+1", "-",
         "a&&b||c", "a & b", "a | b", "a == b != c", "a < b < c", "a = b", "a => b", "a := b", "1 + 2 * 3 % 4 / 5 - 6", "1 +", "* 1",
         "a <= b", "a >= b", "a =< b", "a <> b", "a and b", "`a`", "a;b", "a\\b", "~a", "a~", "@", "$a", "#", "//", "/* x */", "/* x"]
CONTEXTS = ["v = {}\n", "v = [{}, 1]\n", "v = f({})\n", "v = {{ k = {} }}\n", 'v = "${{{}}}"\n', "b {{\n  v = ({})\n}}\n", "v = <<E\n${{ {} }}\nE\n"]
BODIES = ["", "\n", " ", "\t", "\ufeffa = 1\n", "a = 1", "a=1\nb=2", "a = 1 b = 2\n", "a\n", "a =\n", "= 1\n", "a = \n1\n", "a == 1\n", '"a" = 1\n',
          "a.b = 1\n", "a {}\n", "a { }\n", "a {\n}\n", "a { b = 1 }\n", "a { b = 1, c = 2 }\n", "a { b {} }\n", "a { b = 1\n}\n", "a {\nb = 1 }\n",
          'a "b" {}\n', 'a b {}\n', 'a "b" c "d" {}\n', 'a "${b}" {}\n', 'a "b {}\n', "a 1 {}\n", "a\n{}\n", "a {} b {}\n", "a {}}\n", "a {\n", "}\n",
          "a = {\n b = 1\n c = 2\n}\n", "a = {\n b = 1,\n c = 2,\n}\n", "a = {\n b = 1, c = 2\n d = 3\n}\n", "a = [\n1,\n2\n]\n", "a = [\n1\n2\n]\n",
          "a = (\n1\n+\n2\n)\n", "a = 1\n+ 2\n", "a = f(\n1,\n2,\n)\n", "a = b ?\nc :\nd\n", "a = (b ?\nc :\nd)\n", "a = {for k, v in x :\nk => v\n}\n",
          "a = [for x in\r\ny : x]\r\n", "a = 1\r\nb = 2\r\n", "a = 1\rb = 2\n", "a = <<E\nx\nE\n", "a = <<E\nx\nE", "a = <<E\nx\n", "a = <<E\nE\n",
          "a = <<-E\n  x\n  E\n", "a = <<E\n  E\n", "a = << E\nx\nE\n", 'a = <<"E"\nx\nE\n', "a = <<E x\nE\n", "a = <<E\r\nx\r\nE\r\n", "a = <<E\n${x\n}\nE\n",
          "a = [<<E\nx\nE\n]\n", "a = f(<<E\nx\nE\n, 1)\n", "a = <<E\n%{ if x }\ny\n%{ endif }\nE\n", "a = <<E\n%{ if x }\ny\nE\n", "a = <<E\n%{ for x in y }${x}%{ endfor }\nE\n",
          "a = <<E\n%{ endif }\nE\n", "a = <<E\n%{ else }\nE\n", "a = <<E\n%{ foo }\nE\n", "a = <<E\n${~ x ~}\n%{~ if y ~}z%{~ endif ~}\nE\n",
          "# c\n", "# c", "// c\n", "/* c */\n", "/* c */ a = 1\n", "/* c\n*/ a = 1\n", "a /* c */ = 1\n", "a = /* c */ 1\n", "a = 1 # c\n", "a = 1 // c",
          "a = 1 /* c\n", "a = 1 /* c */ b = 2\n", "a = 1\na = 2\n", "a {}\na {}\n", "a { b = 1\nb = 2 }\n", "a = {a=1,a=2}\n", "for = 1\n", "in = 1\n",
          "if = 1\n", "null = 1\n", "true {}\n", "a = for\n", "a = in\n", "a = if\n", "é = 1\n", "a-b = 1\n", "-a = 1\n", "1a = 1\n", "a1 = 1\n", "a! = 1\n",
          "a = \"x\ny\"\n", 'a = "${\nb\n}"\n', 'a = "${b\n}"\n', 'a = "${"${"x"}"}"\n', 'a = "${}"\n', 'a = "%{}"\n', 'a = "${b c}"\n', 'a = "x${b"\n', 'a = "}"\n',
          'a = "%{ if b }"\n', 'a = "%{ if }x%{ endif }"\n', 'a = "%{ if b }x%{ else }y%{ else }z%{ endif }"\n', 'a = "%{ for in c }%{ endfor }"\n',
          'a = "%{ for x in c }"\n', 'a = "%{ if a }%{ endfor }"\n', "a = \u201cx\u201d\n", "a = 1\u00a0\n", "a = 1\u200b\n", "a = \x00\n", "a = 1;\n", "a , b = 1\n",
          "a = 9999999999999999999999999999999.5\n", "a = 1e400\n", "a = 1.2.3\n", "a = b.c.d.e.f\n", "a = b[c[d[e]]]\n", "a = b[\"c\"].d[*].e\n", "a = !b == c\n", "a = -b.c\n"]
SAMPLE = '''resource "aws_vpc" "main" {
  count = var.n > 0 ? 1 : 0 # c
  tags  = merge(local.t, { Name = "x-${var.n}", "k" = [for s in var.l : upper(s) if s != ""] })
  text  = <<-EOT
    a ${~ b } %{ if c }d%{ endif }
  EOT
  rule { port = -1 }
}
'''
JUNK = ['"', "{", "}", "(", ")", "[", "]", "=", ",", "\n", "${", "%{", "<<A\n", "'", "\\", "/*", "#", "~", ":", "...", "="]


def cases():
    """Pairs of a name and a text."""
    for i, atom in enumerate(ATOMS):
        for j, context in enumerate(CONTEXTS):
            yield f"expression-{i}-{j}", context.format(atom)
    for i, body in enumerate(BODIES):
        yield f"body-{i}", body
        yield f"nested-{i}", "x {\n" + body + "\n}\n"
    for i in range(len(SAMPLE)):
        yield f"cut-{i}", SAMPLE[:i]
        yield f"without-{i}", SAMPLE[:i] + SAMPLE[i + 1:]
        yield f"with-{i}", SAMPLE[:i] + JUNK[i % len(JUNK)] + SAMPLE[i:]


def squeezed(text):
    """The text with its layout spoilt: no indentation, no spaces around `=`; heredocs are left alone."""
    if "<<" in text:
        return text.replace("\n  ", "\n", 1)
    return "\n".join(line.strip(" ").replace(" = ", "=", 1) if "#" not in line else line for line in text.split("\n"))

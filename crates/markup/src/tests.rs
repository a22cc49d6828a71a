use super::*;
use crate::links::allowed;
use crate::writer::DEPTH;
use std::time::{Duration, Instant};

fn html(markdown: &str) -> String {
    super::html(markdown, Some(7))
}

#[test]
fn what_models_write_is_shown() {
    for (markdown, wanted) in [
        (
            "Hello *you*, **all** ~~none~~ `x<y`",
            "<p>Hello <em>you</em>, <strong>all</strong> <del>none</del> <code>x&lt;y</code></p>",
        ),
        ("a\nb  \nc", "<p>a\nb<br>c</p>"),
        (
            "# One\n\n### Three\n\n# One",
            "<h3>One</h3><h4>Three</h4><h3>One</h3>",
        ),
        ("- a\n- b", "<ul dir=\"auto\"><li>a</li><li>b</li></ul>"),
        ("3. a", "<ol dir=\"auto\" start=\"3\"><li>a</li></ol>"),
        (
            "- [x] done\n- [ ] open",
            "<ul dir=\"auto\"><li>☑ done</li><li>☐ open</li></ul>",
        ),
        ("> said", "<blockquote dir=\"auto\"><p>said</p></blockquote>"),
        ("---", "<hr>"),
        (
            "[Docs](https://example.com/a?b=1&c=2 \"t\")",
            "<p><a href=\"https://example.com/a?b=1&amp;c=2\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">Docs</a></p>",
        ),
        (
            "<MAILTO:a@example.com>",
            "<p><a href=\"MAILTO:a@example.com\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">MAILTO:a@example.com</a></p>",
        ),
    ] {
        assert_eq!(html(markdown), wanted, "{markdown}");
    }
}

#[test]
fn code_can_be_copied_whole() {
    let shown = html("```rust title=x\nfn main() { a::<b>(); }\n```");
    assert_eq!(
        shown,
        "<div class=\"code\"><div class=\"code-head\"><span>rust</span><button type=\"button\" class=\"button small copy-code needs-script\">Copy code</button></div><pre tabindex=\"0\"><code><span class=\"hl-keyword\">fn</span> <span class=\"hl-call\">main</span>() { a::&lt;b&gt;(); }\n</code></pre></div>"
    );
    // While it is still being written, too.
    let open = html("Text\n\n```js\nlet a = '</code></pre><script>';");
    assert!(
        open.ends_with("<span class=\"hl-keyword\">let</span> a = <span class=\"hl-string\">&#39;&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;&#39;</span>;</code></pre></div>"),
        "{open}"
    );
}

#[test]
fn tables_have_a_body() {
    let shown = html("| a | b |\n|---|--:|\n| 1 | 2 |");
    assert!(
        shown.contains(
            "<thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"number\">b</th></tr></thead>"
        ),
        "{shown}"
    );
    assert!(
        shown.contains("<tbody><tr><td>1</td><td class=\"number\">2</td></tr></tbody></table></div>"),
        "{shown}"
    );
}

#[test]
fn images_are_links_to_themselves() {
    let link = "<a href=\"https://e.com/x.png\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">";
    assert_eq!(
        html("![A *cat*](https://e.com/x.png)"),
        format!("<p>{link}A <em>cat</em></a></p>")
    );
    assert_eq!(html("![A cat](/x.png)"), "<p>A cat</p>");
    assert_eq!(
        html("[![A cat](https://e.com/y.png)](https://e.com/x.png)"),
        format!("<p>{link}A cat</a></p>")
    );
}

/// Every `<` of the output must begin one of these, closing tags aside.
const ELEMENTS: &[&str] = &[
    "p>",
    "em>",
    "strong>",
    "del>",
    "code>",
    "br>",
    "hr>",
    "h3>",
    "h4>",
    "h5>",
    "h6>",
    "blockquote dir=\"auto\">",
    "ul dir=\"auto\">",
    "ol dir=\"auto\" start=\"",
    "ol class=\"footnotes\">",
    "li id=\"footnote-7-",
    "sup>",
    "span class=\"hl-",
    "span class=\"answer-formula\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">",
    "pre class=\"answer-source\" tabindex=\"0\">",
    "li>",
    "table dir=\"auto\">",
    "thead>",
    "tbody>",
    "tr>",
    "th>",
    "td>",
    "th scope=\"col\">",
    "th scope=\"col\" class=\"number\">",
    "td class=\"number\">",
    "span>",
    "div class=\"code\">",
    "div class=\"code-head\">",
    "button type=\"button\" class=\"button small copy-code needs-script\">",
    "pre tabindex=\"0\">",
    "div class=\"answer-table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">",
];

fn assert_safe(markdown: &str) {
    let shown = html(markdown);
    let mut open: Vec<&str> = Vec::new();
    for part in shown.split('<').skip(1) {
        if part.starts_with("a href=\"#footnote-7-") {
            open.push("a");
            continue;
        }
        if let Some(link) = part.strip_prefix("a href=\"") {
            let (address, rest) = link.split_once('"').unwrap();
            assert!(allowed(address).is_some(), "{markdown:?} → {shown}");
            assert!(
                rest.starts_with(" target=\"_blank\" rel=\"noopener nofollow noreferrer\">"),
                "{shown}"
            );
            open.push("a");
            continue;
        }
        if let Some(closed) = part.strip_prefix('/') {
            let name = closed.split('>').next().unwrap();
            assert_eq!(open.pop(), Some(name), "{markdown:?} → {shown}");
            continue;
        }
        assert!(
            ELEMENTS.iter().any(|element| part.starts_with(element)) || math::is_safe(part),
            "{markdown:?} → {shown}"
        );
        let name = part.split([' ', '>']).next().unwrap();
        if !matches!(name, "br" | "hr") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{markdown:?} → {shown}");
}

#[test]
fn hostile_answers_do_nothing() {
    for hostile in [
        "<script>alert(1)</script>",
        "x <script src=//e.com></script> y",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A;&#x61;vascript&colon;alert(1))",
        "[x](\u{1}javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:msgbox)",
        "[x](//e.com)",
        "[x](/o/acme/access)",
        "[x](https://e.com/\"onmouseover=\"alert(1))",
        "[x](<https://e.com/\" onmouseover=\"alert(1)>)",
        "[x](https://e.com '\" onclick=\"alert(1)')",
        "<https://e.com/\"><script>alert(1)</script>>",
        "![x\" onerror=\"alert(1)](https://e.com/x.png)",
        "![<script>](javascript:alert(1))",
        "[a [b](https://e.com)](https://f.com)",
        "```\"><script>alert(1)</script>\nx",
        "~~~html\n</code></pre><script>alert(1)</script>\n",
        "``` `` <script>",
        "`<script>alert(1)</script>`",
        "# <script>\n## <img onerror=x>",
        "| <script> | b |\n|---|---|\n| <img src=x onerror=y> | `|` |",
        "| a |\n|---|\n| 1 | 2 | 3 |\n||||",
        "<!-- <script> --> <![CDATA[<script>]]> <?php ?> <!DOCTYPE x>",
        "&lt;script&gt; &#60;script&#62;",
        "<style>*{display:none}</style>",
        "<iframe srcdoc='<script>'>",
        "[ref]: javascript:alert(1)\n\n[ref]",
        "[^1]\n\n[^1]: <script>",
        "a\u{0}b\u{202e}c",
        "https://e.com/\"onmouseover=\"alert(1) http://<script> javascript://e.com",
        "https://e.com/'><script>",
        "[https://e.com/a](javascript:x) [see https://e.com/b](https://f.com)",
        "x[^<b>] y[^\"]\n\n[^<b>]: https://e.com\n[^\"]: > [^<b>]",
        "\\(<script>alert(1)</script>\\) $a<b>c$ $$\\text{<img src=x onerror=y>}$$",
        "$\\href{javascript:alert(1)}{x}$ $\\color{red\\\"} x$ $\\style{a}{b}$",
        "$\\text{</mtext></math><script>alert(1)</script>}$ $\\class{x\" onclick=\"y}{z}$",
        "\u{fdd0}`\u{fdd0}<script>` `\u{fdd1}\\text{<b>}`",
        "```html\n<a href='x' b=\"y>\n<!-- <script>",
        "```diff\n+<script>\n-</script>\n",
        "```js\n`<script>\\",
    ] {
        assert_safe(hostile);
        // As it stands at every moment of being written.
        for (end, _) in hostile.char_indices() {
            assert_safe(&hostile[..end]);
        }
    }
}

#[test]
fn endless_nesting_ends() {
    for piece in ["> ", "- ", "1. ", "*a ", "[", "![", "> - ", "`", "<b>"] {
        assert_safe(&piece.repeat(3_000));
    }
    let shown = html(&format!("{}deep", "> ".repeat(3_000)));
    assert!(shown.matches("<blockquote").count() <= DEPTH + 1);
    assert!(shown.contains("deep"));
}

#[test]
fn addresses_are_links_without_the_sentence_around_them() {
    let link = |to: &str| {
        format!("<a href=\"{to}\" target=\"_blank\" rel=\"noopener nofollow noreferrer\">{to}</a>")
    };
    for (text, wanted) in [
        (
            "See https://e.com/a_b_c?x=1.",
            format!("See {}.", link("https://e.com/a_b_c?x=1")),
        ),
        (
            "(http://e.com/w_(x))",
            format!("({})", link("http://e.com/w_(x)")),
        ),
        ("HTTPS://E.com, then", format!("{}, then", link("HTTPS://E.com"))),
        (
            "xhttps://e.com and https:// and ftp://e.com",
            "xhttps://e.com and https:// and ftp://e.com".to_owned(),
        ),
        ("`https://e.com`", "<code>https://e.com</code>".to_owned()),
    ] {
        assert_eq!(html(text), format!("<p>{wanted}</p>"), "{text}");
    }
    let inside = html("[see https://e.com/b](https://f.com)");
    assert_eq!(inside.matches("<a ").count(), 1, "{inside}");
}

#[test]
fn footnotes_stand_at_the_end_in_the_order_of_their_mention() {
    let shown = html("a[^x] b[^y] c[^none]\n\n[^y]: Second\n[^x]: First https://e.com\n\nAfter");
    let (text, notes) = shown.split_once("<ol class=\"footnotes\">").unwrap();
    assert!(
        text.contains("a<sup><a href=\"#footnote-7-1\" aria-label=\"Footnote 1\">1</a></sup>"),
        "{text}"
    );
    assert!(
        text.contains("c[^none]") && text.ends_with("<p>After</p>"),
        "{text}"
    );
    assert!(
        notes.starts_with("<li id=\"footnote-7-1\" value=\"1\"><p>First <a href="),
        "{notes}"
    );
    assert!(
        notes.ends_with("<li id=\"footnote-7-2\" value=\"2\"><p>Second</p></li></ol>"),
        "{notes}"
    );
}

#[test]
fn formulas_are_drawn_and_money_is_not() {
    for formula in ["\\(a^2\\)", "$a^2$", "\\( a^2 \\)"] {
        let shown = html(&format!("So {formula} it is"));
        assert!(
            shown.starts_with("<p>So <math") && shown.contains("<msup><mi>a</mi><mn>2</mn></msup>"),
            "{shown}"
        );
        assert!(shown.ends_with("</math> it is</p>"), "{shown}");
    }
    for formula in [
        "$$\\frac{a}{b}$$",
        "\\[\n\\frac{a}{b}\n= c\n\\]",
        "\\[\n\n- \\frac{a}{b}\\]",
    ] {
        let shown = html(formula);
        assert!(
            shown.contains("<math display=\"block\"") && shown.contains("<mfrac>"),
            "{shown}"
        );
        assert!(!shown.contains("style=") && !shown.contains("<ul"), "{shown}");
    }
    for (text, wanted) in [
        (
            "It costs $5 and $6, or $5-$10.",
            "<p>It costs $5 and $6, or $5-$10.</p>",
        ),
        ("`\\(a\\)`", "<p><code>\\(a\\)</code></p>"),
        ("\\(a", "<p>(a</p>"),
        ("f\\\\(a\\\\)", "<p>f\\(a\\)</p>"),
        ("$\\nosuchthing{$", "<p>$\\nosuchthing{$</p>"),
        ("$\\nosuchthing$", "<p><code>\\nosuchthing</code></p>"),
    ] {
        assert_eq!(html(text), wanted, "{text}");
    }
    let shown = html("```\n\\(a\\)\n```\n\n$\\color{red} a$");
    assert!(
        shown.contains("<code>\\(a\\)\n</code>") && !shown.contains("style"),
        "{shown}"
    );
}

#[test]
fn code_is_coloured_by_its_language() {
    for (code, wanted) in [
        (
            "py\n# it's\nx = 'a#' + 1",
            "<c># it&#39;s</c>\nx = <s>&#39;a#&#39;</s> + <n>1</n>",
        ),
        (
            "rust\nlet a: &'static str = r(\"\\\"x\");",
            "<k>let</k> a: &amp;&#39;<k>static</k> <k>str</k> = <f>r</f>(<s>&quot;\\&quot;x&quot;</s>);",
        ),
        (
            "sql\nSELECT a FROM b -- c",
            "<k>SELECT</k> a <k>FROM</k> b <c>-- c</c>",
        ),
        ("sh\necho $#", "<k>echo</k> $#"),
        ("nonsense\nlet a", "let a"),
        ("js\nlet a = `x\ny`", "<k>let</k> a = <s>`x\ny`</s>"),
        (
            "html\n<a href=\"x\">b</a>",
            "<k>&lt;a</k> href=<s>&quot;x&quot;</s><k>&gt;</k>b<k>&lt;/a</k><k>&gt;</k>",
        ),
        ("go\nstr := \"open\n/* b", "str := &quot;open\n<c>/* b</c>"),
    ] {
        let shown = html(&format!("```{code}\n```"));
        let (_, shown) = shown.split_once("<pre tabindex=\"0\"><code>").unwrap();
        let mut wanted = wanted.to_owned();
        for (short, class) in [
            ("c", "comment"),
            ("s", "string"),
            ("n", "number"),
            ("k", "keyword"),
            ("f", "call"),
        ] {
            wanted = wanted.replace(&format!("<{short}>"), &format!("<span class=\"hl-{class}\">"));
            wanted = wanted.replace(&format!("</{short}>"), "</span>");
        }
        let shown = shown
            .trim_end_matches("</code></pre></div>")
            .replace("\n</span>", "</span>\n");
        assert_eq!(shown.trim_end(), wanted, "{code}");
    }
}

#[test]
fn deep_formulas_need_no_deep_stack() {
    for piece in [
        "{",
        "\\sqrt",
        "\\frac",
        "x^",
        "x_",
        "^",
        "\\left(",
        "\\begin{matrix}",
        "\\text{",
        "\\hat",
        "\\not",
        "'",
        "&",
        "\\\\",
        "\\binom{",
        "\\frac{}",
        "\\sqrt[{}]",
    ] {
        let many = piece.repeat(1_990 / piece.len());
        let closed = format!("{}x{}", "{\\sqrt ".repeat(150), "}".repeat(150));
        let small = std::thread::Builder::new().stack_size(512 * 1024);
        let drawn = small.spawn(move || (html(&format!("$${many}$$")), html(&format!("${closed}$"))));
        let (many, closed) = drawn.unwrap().join().unwrap();
        assert!(!many.is_empty() && closed.contains("<msqrt>"), "{piece}");
    }
}

#[test]
fn the_work_is_bounded_whatever_is_asked_for() {
    let wide = format!(
        "|{}\n|{}\n{}",
        "a|".repeat(20_000),
        "-|".repeat(20_000),
        "|\n".repeat(100_000)
    );
    let mut hostile = vec![wide];
    for piece in [
        "> ",
        "- ",
        "*a ",
        "[",
        "![",
        "`",
        "``` ",
        "<b>",
        "\\(",
        "\\[",
        "\\(a\\)",
        "$a$ ",
        "$",
        "$$",
        "https://",
        "http://a ",
        "[^1]",
        "[^1]: a\n",
        "(",
        "https://e.com/))",
        "a://",
        "|",
        "```js\n'\n",
        "\\(`",
        "`\\)",
        "# a\n",
        "1. a\n",
        "&",
        "~",
    ] {
        hostile.push(piece.repeat(256 * 1024 / piece.len()));
        hostile.push(format!("```js\n{}", piece.repeat(256 * 1024 / piece.len())));
    }
    for text in hostile {
        let began = Instant::now();
        let shown = html(&text);
        let took = began.elapsed();
        let begin: String = text.chars().take(30).collect();
        assert!(shown.len() <= LEAST + (GROWTH + 2) * text.len(), "{begin:?}");
        assert!(took < Duration::from_secs(5), "{begin:?} took {took:?}");
    }
}

#[test]
fn what_grows_is_what_is_shown_at_the_end() {
    let answer = "# One\n\nA *para*\ngraph\n- a\n- b\n\n  more\n\n### Three\n```rust\nfn a() {}\n\n# no\n```\n| a | b |\n|---|---|\n| ü | 2 |\n\n    code\n\n---\n> said\nlazily\n\nSetext\n-\nEnd \\(x\\)\n";
    for step in [1, 3, 7, 1_000] {
        let mut growing = Growing::default();
        let (mut closed, mut open) = (String::new(), String::new());
        let ends: Vec<usize> = (0..=answer.len())
            .filter(|at| answer.is_char_boundary(*at))
            .step_by(step)
            .chain([answer.len()])
            .collect();
        for end in ends {
            let piece = growing.look(&answer[growing.closed()..end]);
            if !piece.closed.is_empty() {
                closed.push_str(&piece.closed);
                assert_eq!(piece.kept, 0);
            }
            open.truncate(piece.kept);
            open.push_str(&piece.open);
            // As if it had all been read now.
            let whole = super::html(&answer[..end], None);
            assert_eq!(format!("{closed}{open}"), whole, "{:?}", &answer[..end]);
        }
        assert!(
            closed.contains("<table") && answer.len() - growing.closed() < 20,
            "in steps of {step}"
        );
    }
}

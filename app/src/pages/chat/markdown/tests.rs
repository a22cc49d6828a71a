use super::*;

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
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a", "<ol start=\"3\"><li>a</li></ol>"),
        (
            "- [x] done\n- [ ] open",
            "<ul><li>☑ done</li><li>☐ open</li></ul>",
        ),
        ("> said", "<blockquote><p>said</p></blockquote>"),
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
        "<div class=\"code\"><div class=\"code-head\"><span>rust</span><button type=\"button\" class=\"button small copy-code needs-script\">Copy code</button></div><pre tabindex=\"0\"><code>fn main() { a::&lt;b&gt;(); }\n</code></pre></div>"
    );
    // While it is still being written, too.
    let open = html("Text\n\n```js\nlet a = '</code></pre><script>';");
    assert!(
        open.ends_with("let a = &#39;&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;&#39;;</code></pre></div>"),
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
const ELEMENTS: [&str; 31] = [
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
    "blockquote>",
    "ul>",
    "ol>",
    "ol start=\"",
    "li>",
    "table>",
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
            ELEMENTS.iter().any(|element| part.starts_with(element)) || part.starts_with("/div>"),
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
    assert!(shown.matches("<blockquote>").count() <= DEPTH + 1);
    assert!(shown.contains("deep"));
}

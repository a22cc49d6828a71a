//! The languages that models answer in most.

/// What there is to know of a language.
pub(super) struct Language {
    names: &'static [&'static str],
    /// What begins a comment up to the end of the line.
    pub(super) lines: &'static [&'static str],
    /// What begins and ends a longer one.
    pub(super) block: Option<(&'static str, &'static str)>,
    /// What strings stand between, the longest first.
    pub(super) strings: &'static [&'static str],
    /// Upper and lower case are the same.
    any_case: bool,
    words: &'static [&'static str],
}

impl Language {
    /// Whether it is one of its keywords.
    pub(super) fn has(&self, word: &str) -> bool {
        self.words
            .iter()
            .any(|keyword| *keyword == word || (self.any_case && keyword.eq_ignore_ascii_case(word)))
    }
}

/// The language of this name.
pub(super) fn language(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.names.contains(&name))
}

const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const STARS: Option<(&str, &str)> = Some(("/*", "*/"));
const QUOTES: &[&str] = &["\"", "'"];

// A word a line would hide the table.
#[rustfmt::skip]
const LANGUAGES: &[Language] = &[
    Language {
        names: &["python", "py", "python3", "pycon"],
        lines: HASH,
        block: None,
        strings: &["\"\"\"", "'''", "\"", "'"],
        any_case: false,
        words: &[
            "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
            "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
            "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
            "self", "try", "while", "with", "yield",
        ],
    },
    Language {
        names: &["javascript", "js", "jsx", "typescript", "ts", "tsx", "mjs", "cjs"],
        lines: SLASHES,
        block: STARS,
        strings: &["\"", "'", "`"],
        any_case: false,
        words: &[
            "abstract", "any", "as", "async", "await", "boolean", "break", "case", "catch", "class",
            "const", "continue", "default", "delete", "do", "else", "enum", "export", "extends", "false",
            "finally", "for", "from", "function", "if", "implements", "import", "in", "instanceof",
            "interface", "let", "never", "new", "null", "number", "of", "private", "protected", "public",
            "readonly", "return", "satisfies", "static", "string", "super", "switch", "this", "throw",
            "true", "try", "type", "typeof", "undefined", "unknown", "var", "void", "while", "yield",
        ],
    },
    Language {
        names: &["rust", "rs"],
        lines: SLASHES,
        block: STARS,
        strings: &["\""],
        any_case: false,
        words: &[
            "Self", "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn",
            "else", "enum", "extern", "f32", "f64", "false", "fn", "for", "i128", "i16", "i32", "i64", "i8",
            "if", "impl", "in", "isize", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
            "return", "self", "static", "str", "struct", "super", "trait", "true", "type", "u128", "u16",
            "u32", "u64", "u8", "unsafe", "use", "usize", "where", "while",
        ],
    },
    Language {
        names: &["json", "jsonc", "json5", "jsonl"],
        lines: SLASHES,
        block: STARS,
        strings: QUOTES,
        any_case: false,
        words: &[
            "false", "null", "true",
        ],
    },
    Language {
        names: &["bash", "sh", "shell", "zsh", "console", "shellscript"],
        lines: HASH,
        block: None,
        strings: QUOTES,
        any_case: false,
        words: &[
            "break", "case", "cd", "continue", "do", "done", "echo", "elif", "else", "esac", "exit",
            "export", "fi", "for", "function", "if", "in", "local", "read", "return", "set", "shift",
            "source", "sudo", "then", "trap", "unset", "until", "while",
        ],
    },
    Language {
        names: &["sql", "postgresql", "postgres", "sqlite", "mysql", "plpgsql"],
        lines: &["--"],
        block: STARS,
        strings: QUOTES,
        any_case: true,
        words: &[
            "add", "all", "alter", "and", "as", "asc", "begin", "between", "by", "case", "check", "column",
            "commit", "constraint", "create", "cross", "default", "delete", "desc", "distinct", "drop",
            "else", "end", "except", "exists", "false", "foreign", "from", "full", "group", "having", "if",
            "in", "index", "inner", "insert", "intersect", "into", "is", "join", "key", "left", "like",
            "limit", "not", "null", "offset", "on", "or", "order", "outer", "over", "partition", "primary",
            "references", "returning", "right", "rollback", "select", "set", "table", "then", "transaction",
            "true", "union", "unique", "update", "using", "values", "view", "when", "where", "with",
        ],
    },
    Language {
        names: &["go", "golang"],
        lines: SLASHES,
        block: STARS,
        strings: &["\"", "'", "`"],
        any_case: false,
        words: &[
            "any", "bool", "break", "byte", "case", "chan", "const", "continue", "default", "defer", "else",
            "error", "fallthrough", "false", "float64", "for", "func", "go", "goto", "if", "import", "int",
            "int64", "interface", "map", "nil", "package", "range", "return", "rune", "select", "string",
            "struct", "switch", "true", "type", "var",
        ],
    },
    Language {
        names: &[
            "java", "kotlin", "kt", "scala", "csharp", "cs", "c#", "swift", "dart", "groovy",
        ],
        lines: SLASHES,
        block: STARS,
        strings: &["\"\"\"", "\"", "'"],
        any_case: false,
        words: &[
            "abstract", "as", "async", "await", "bool", "boolean", "break", "byte", "case", "catch", "char",
            "class", "const", "continue", "data", "def", "default", "do", "double", "else", "enum",
            "extends", "extension", "false", "final", "finally", "float", "for", "foreach", "fun", "func",
            "get", "guard", "if", "implements", "import", "in", "init", "int", "interface", "internal",
            "is", "let", "long", "namespace", "new", "nil", "null", "object", "override", "package",
            "private", "protected", "protocol", "public", "record", "return", "sealed", "self", "set",
            "static", "string", "struct", "super", "switch", "this", "throw", "throws", "trait", "true",
            "try", "using", "val", "var", "void", "when", "where", "while",
        ],
    },
    Language {
        names: &["c", "cpp", "c++", "cc", "h", "hpp", "objc", "arduino", "cuda"],
        lines: SLASHES,
        block: STARS,
        strings: QUOTES,
        any_case: false,
        words: &[
            "auto", "bool", "break", "case", "catch", "char", "class", "const", "constexpr", "continue",
            "default", "delete", "do", "double", "else", "enum", "extern", "false", "float", "for", "goto",
            "if", "inline", "int", "long", "namespace", "new", "nullptr", "operator", "private",
            "protected", "public", "return", "short", "signed", "sizeof", "static", "struct", "switch",
            "template", "this", "throw", "true", "try", "typedef", "typename", "union", "unsigned", "using",
            "virtual", "void", "volatile", "while",
        ],
    },
    Language {
        names: &["php"],
        lines: &["//", "#"],
        block: STARS,
        strings: QUOTES,
        any_case: true,
        words: &[
            "abstract", "array", "as", "break", "case", "catch", "class", "const", "continue", "default",
            "do", "echo", "else", "elseif", "extends", "false", "final", "finally", "fn", "for", "foreach",
            "function", "global", "if", "implements", "interface", "match", "namespace", "new", "null",
            "private", "protected", "public", "readonly", "return", "static", "switch", "this", "throw",
            "trait", "true", "try", "use", "var", "while", "yield",
        ],
    },
    Language {
        names: &["ruby", "rb", "elixir", "ex", "julia", "jl", "perl", "pl", "r"],
        lines: HASH,
        block: None,
        strings: QUOTES,
        any_case: false,
        words: &[
            "and", "begin", "break", "case", "class", "def", "defmodule", "defp", "do", "else", "elsif",
            "end", "ensure", "false", "for", "foreach", "function", "if", "in", "library", "module", "my",
            "next", "nil", "not", "or", "our", "private", "raise", "require", "rescue", "return", "self",
            "struct", "sub", "super", "then", "true", "unless", "until", "use", "using", "when", "while",
            "yield", "TRUE", "FALSE", "NULL",
        ],
    },
    Language {
        names: &["lua", "haskell", "hs"],
        lines: &["--"],
        block: None,
        strings: &["\""],
        any_case: false,
        words: &[
            "and", "break", "case", "class", "data", "deriving", "do", "else", "elseif", "end", "false",
            "for", "function", "if", "import", "in", "instance", "let", "local", "module", "newtype", "nil",
            "not", "of", "or", "repeat", "return", "then", "true", "type", "until", "where", "while",
        ],
    },
    Language {
        names: &["css", "scss", "less"],
        lines: &[],
        block: STARS,
        strings: QUOTES,
        any_case: false,
        words: &[
            "@charset", "@container", "@font", "@import", "@include", "@keyframes", "@layer", "@media",
            "@mixin", "@supports", "@use",
        ],
    },
    Language {
        names: &[
            "yaml",
            "yml",
            "toml",
            "ini",
            "conf",
            "properties",
            "dockerfile",
            "docker",
            "makefile",
            "nginx",
            "hcl",
            "terraform",
        ],
        lines: HASH,
        block: None,
        strings: &["\"\"\"", "\"", "'"],
        any_case: false,
        words: &[
            "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "LABEL", "RUN", "USER",
            "VOLUME", "WORKDIR", "false", "no", "null", "off", "on", "true", "yes",
        ],
    },
];

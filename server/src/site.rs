//! The site: the browser's programs, the style sheet and the icons. It is inside the binary as it is shipped; a folder can
//! be named instead, which saves compiling the server again when only the site changed.

use crate::middleware::headers::keep_for;
use app::components::icon;
use app::program::Assets;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, get_service};
use std::path::{Path, PathBuf};
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};

/// Scripts and styles carry their content's hash in their name, so they never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for again each time.
const ASK_AGAIN: &str = "no-cache";
/// An icon may be a day old.
const A_DAY: &str = "public, max-age=86400";
/// The sprite of icons.
const ICONS: &str = "/icons.svg";

/// What the site builder wrote beside the site's folder; docs/decisions/0008.
#[cfg(feature = "embed-site")]
const EMBEDDED: Option<&EmbeddedSite> = Some(&include!(env!("GATEHOUSE_EMBED_SITE")));
#[cfg(not(feature = "embed-site"))]
const EMBEDDED: Option<&EmbeddedSite> = None;

/// A site inside the binary. Its bytes are answered from where the program lies, without a copy in memory.
#[derive(Debug)]
pub struct EmbeddedSite {
    /// The hashes in names, as [`Assets::parse`] reads them.
    pub hashes: &'static str,
    /// Every file.
    pub files: &'static [SiteFile],
}

/// A file of the site with its compressed forms.
#[derive(Debug)]
pub struct SiteFile {
    /// The path of its address.
    pub path: &'static str,
    /// Changes with the content.
    pub tag: &'static str,
    /// As it is.
    pub content: &'static [u8],
    /// Compressed by Brotli.
    pub brotli: Option<&'static [u8]>,
    /// Compressed by gzip.
    pub gzip: Option<&'static [u8]>,
}

/// Where the site is.
#[derive(Clone, Debug)]
pub enum Site {
    /// Inside the binary.
    Embedded(&'static EmbeddedSite),
    /// In a folder that the site builder filled.
    Folder(PathBuf),
}

impl Site {
    /// The folder when one is named, else the site inside the binary; says what to do when there is neither.
    pub fn find(folder: Option<&Path>) -> Result<Self, String> {
        match (folder, EMBEDDED) {
            (Some(folder), _) if folder.join("pkg").is_dir() => Ok(Self::Folder(folder.to_owned())),
            (Some(folder), _) => Err(format!(
                "There is no site in {}: the folder pkg is missing. Build it with script/build, or leave GATEHOUSE_SITE \
                 out to serve the one inside the binary.",
                folder.display()
            )),
            (None, Some(site)) => Ok(Self::Embedded(site)),
            (None, None) => Err(
                "This binary was built without the site. Build with script/build, or name a built site with \
                 GATEHOUSE_SITE."
                    .to_owned(),
            ),
        }
    }

    /// The names of the programs and the style sheet.
    pub fn assets(&self) -> Assets {
        match self {
            Self::Embedded(site) => Assets::parse(site.hashes),
            Self::Folder(folder) => std::fs::read_to_string(folder.join("hash.txt"))
                .map_or_else(|_| Assets::default(), |text| Assets::parse(&text)),
        }
    }

    /// The routes of its files.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let packages = match self.assets().hashes.is_empty() {
            true => ASK_AGAIN,
            false => FOREVER,
        };
        [("/pkg/{*file}", packages), ("/favicon.svg", A_DAY)]
            .into_iter()
            .fold(Router::new(), |router, (path, policy)| {
                let keep = ServiceBuilder::new().layer(from_fn_with_state(policy, keep_for));
                router.route_service(path, keep.service(self.service(path)))
            })
            .route_service(
                ICONS,
                ServiceBuilder::new()
                    .layer(from_fn(keep_icons))
                    .service(self.service(ICONS)),
            )
    }

    /// What answers for the files of a route.
    fn service(&self, path: &str) -> MethodRouter {
        match self {
            Self::Embedded(site) => get(embedded).with_state(*site),
            Self::Folder(folder) if path.ends_with(".svg") => {
                get_service(ServeFile::new(folder.join(path.trim_start_matches('/'))))
            }
            Self::Folder(folder) => {
                get_service(ServeDir::new(folder).precompressed_br().precompressed_gzip())
            }
        }
    }
}

/// The icons may be kept under the address that pages name, which changes with them.
async fn keep_icons(request: Request, next: Next) -> Response {
    let is_versioned = request.uri().query() == Some(&format!("{:x}", icon::VERSION));
    keep_for(
        State(if is_versioned { FOREVER } else { ASK_AGAIN }),
        request,
        next,
    )
    .await
}

/// A file from inside the binary, in the smallest form that the browser takes.
async fn embedded(State(site): State<&'static EmbeddedSite>, request: Request) -> Response {
    let Some(file) = site.files.iter().find(|file| file.path == request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (encoding, content) = file.form(request.headers());
    let tag = format!("\"{}{}\"", file.tag, encoding.unwrap_or_default());
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if has(request.headers(), &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(file.path)),
    );
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, Body::from(Bytes::from_static(content))).into_response()
}

impl SiteFile {
    /// The form to send, with the name of its encoding.
    fn form(&self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        let forms = [("br", self.brotli), ("gzip", self.gzip)];
        forms
            .into_iter()
            .filter(|(encoding, _)| takes(headers, encoding))
            .find_map(|(encoding, content)| content.map(|content| (Some(encoding), content)))
            .unwrap_or((None, self.content))
    }
}

/// Whether the client takes an encoding: it is named, or all are, and not with a weight of zero.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let weight = |wanted: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|part| {
                let mut part = part.split(';').map(str::trim);
                let named = part.next()?.eq_ignore_ascii_case(wanted);
                let weight = part.find_map(|given| given.strip_prefix("q=")?.parse::<f32>().ok());
                named.then(|| weight.unwrap_or(1.0))
            })
    };
    weight(encoding)
        .or_else(|| weight("*"))
        .is_some_and(|weight| weight > 0.0)
}

/// Whether the client has the content with this tag already.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == "*" || known == tag)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    static SITE: EmbeddedSite = EmbeddedSite {
        hashes: "css: 0123\naccess.js: 4567\n",
        files: &[
            SiteFile {
                path: "/pkg/gatehouse.0123.css",
                tag: "0123",
                content: b"body { margin: 0 }",
                brotli: Some(b"as brotli"),
                gzip: Some(b"as gzip"),
            },
            SiteFile {
                path: "/pkg/access.4567.wasm",
                tag: "4567",
                content: b"\0asm",
                brotli: None,
                gzip: None,
            },
            SiteFile {
                path: "/icons.svg",
                tag: "89",
                content: b"<svg/>",
                brotli: None,
                gzip: None,
            },
        ],
    };

    /// The same files, as the site builder writes them.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: String, content: &[u8]| {
            let path = folder.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        write("hash.txt".into(), SITE.hashes.as_bytes());
        for file in SITE.files {
            write(file.path.into(), file.content);
            for (extension, form) in [("br", file.brotli), ("gz", file.gzip)] {
                if let Some(form) = form {
                    write(format!("{}.{extension}", file.path), form);
                }
            }
        }
        folder
    }

    struct Answer {
        status: StatusCode,
        headers: HeaderMap,
        body: Vec<u8>,
    }

    impl Answer {
        fn header(&self, name: header::HeaderName) -> &str {
            self.headers.get(name).map_or("", |value| value.to_str().unwrap())
        }
    }

    async fn ask(site: &Site, method: &str, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = site.routes::<()>().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec(),
        }
    }

    #[tokio::test]
    async fn the_site_inside_the_binary_answers_as_its_folder_does() {
        let folder = folder();
        let sites = [Site::Embedded(&SITE), Site::Folder(folder.path().to_owned())];
        let cases = [
            ("GET", "/pkg/gatehouse.0123.css", "gzip, deflate, br, zstd"),
            ("GET", "/pkg/gatehouse.0123.css", "gzip"),
            ("GET", "/pkg/gatehouse.0123.css", "br;q=0, gzip"),
            ("GET", "/pkg/gatehouse.0123.css", ""),
            ("HEAD", "/pkg/gatehouse.0123.css", "br"),
            ("GET", "/pkg/access.4567.wasm", "br"),
            ("GET", "/icons.svg", "br"),
            ("GET", "/pkg/missing.js", "br"),
            ("GET", "/pkg/../hash.txt", ""),
            ("GET", "/hash.txt", ""),
            ("POST", "/icons.svg", ""),
        ];
        for (method, path, encodings) in cases {
            let asked = [(header::ACCEPT_ENCODING, encodings)];
            let [inside, beside] = [
                ask(&sites[0], method, path, &asked).await,
                ask(&sites[1], method, path, &asked).await,
            ];
            let case = format!("{method} {path} {encodings}");
            assert_eq!(inside.status, beside.status, "{case}");
            assert_eq!(inside.body, beside.body, "{case}");
            for name in [
                header::CONTENT_TYPE,
                header::CONTENT_ENCODING,
                header::CONTENT_LENGTH,
                header::CACHE_CONTROL,
            ] {
                if inside.status.is_success() {
                    assert_eq!(
                        inside.header(name.clone()),
                        beside.header(name.clone()),
                        "{case}: {name}"
                    );
                }
            }
        }
        assert_eq!(sites[0].assets(), sites[1].assets());
    }

    #[tokio::test]
    async fn what_a_browser_has_already_is_not_sent_again() {
        let site = Site::Embedded(&SITE);
        let path = "/pkg/gatehouse.0123.css";
        let asked = (header::ACCEPT_ENCODING, "br");
        let first = ask(&site, "GET", path, std::slice::from_ref(&asked)).await;
        let tag = first.header(header::ETAG);
        assert_eq!(first.header(header::VARY), "accept-encoding");
        assert_eq!(first.header(header::CACHE_CONTROL), FOREVER);
        let again = ask(&site, "GET", path, &[asked, (header::IF_NONE_MATCH, tag)]).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
        // Another form of it is other bytes.
        let plain = ask(&site, "GET", path, &[(header::IF_NONE_MATCH, tag)]).await;
        assert_eq!(
            (plain.status, plain.body),
            (StatusCode::OK, SITE.files[0].content.to_vec())
        );
    }

    #[test]
    fn a_folder_without_a_site_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Site::find(Some(folder.path())).unwrap_err();
        assert!(refused.contains("GATEHOUSE_SITE"), "{refused}");
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        assert!(matches!(Site::find(Some(folder.path())), Ok(Site::Folder(_))));
    }
}

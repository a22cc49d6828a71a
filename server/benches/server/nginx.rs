//! nginx as a plain proxy on one core: what passing a request on costs at least.

use crate::Failed;
use crate::subject::{free_address, on_first_core, wait_for};
use std::net::SocketAddr;
use std::process::{Child, Stdio};

/// A running nginx.
pub struct Nginx {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// The process that passes requests on.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts it before the provider; none where it is not installed.
pub async fn start(provider: SocketAddr) -> Result<Option<Nginx>, Failed> {
    let folder = tempfile::tempdir()?;
    let address = free_address()?;
    let config = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  keepalive_requests 10000000;
  upstream provider {{ server {provider}; keepalive 64; keepalive_requests 10000000; }}
  server {{
    listen {address};
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_buffering off;
    }}
  }}
}}
"
    );
    std::fs::write(folder.path().join("nginx.conf"), config)?;
    let started = on_first_core("nginx")
        .arg("-p")
        .arg(folder.path())
        .args(["-c", "nginx.conf"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut nginx = Nginx {
        address,
        process: started,
        _folder: folder,
    };
    match wait_for(address, &mut nginx.process).await {
        true => Ok(Some(nginx)),
        false => Ok(None),
    }
}

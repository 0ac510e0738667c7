//! The bytes of a connection: as they are, or in TLS. Nothing here waits.

use crate::wait::Failure;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;

/// One connection to a controller.
pub(super) struct Wire {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

impl Wire {
    pub(super) async fn open(
        controller: SocketAddr,
        tls: Option<&Arc<ClientConfig>>,
    ) -> Result<Self, Failure> {
        let stream = TcpStream::connect(controller).await;
        let stream = stream.map_err(|e| Failure::new(format!("connect to {controller}"), e))?;
        stream.set_nodelay(true).map_err(|e| Failure::new("TCP_NODELAY", e))?;
        let host = ServerName::from(controller.ip());
        let tls = tls.map(|config| ClientConnection::new(Arc::clone(config), host)).transpose();
        let tls = tls.map_err(|e| Failure::new("TLS", e))?.map(Box::new);
        Ok(Self { stream, tls })
    }

    /// Returns the socket, to wait for.
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Reads what is there, up to the length of `buffer`; [`ErrorKind::WouldBlock`] if nothing is.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.stream.try_read(buffer) };
        loop {
            match tls.reader().read(buffer) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            if tls.read_tls(&mut Socket(&self.stream))? == 0 {
                return Ok(0);
            }
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }

    /// Takes some of `bytes`; [`ErrorKind::WouldBlock`] if the socket must be written first.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.stream.try_write(bytes) };
        match tls.writer().write(bytes)? {
            0 => self.flush().map(|()| 0),
            n => Ok(n),
        }
    }

    /// Writes what was taken; [`ErrorKind::WouldBlock`] if the socket is full.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                tls.write_tls(&mut Socket(&self.stream))?;
            }
        }
        Ok(())
    }
}

/// A socket that does not wait.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a switch's folder, as `baton pki issue switch` makes it.
pub(crate) fn credentials(dir: &Path) -> Result<Arc<ClientConfig>, Failure> {
    let failed = |what: &'static str| move |e: String| Failure(format!("{what}: {e}"));
    let certificates = |file: &str| -> Result<Vec<CertificateDer<'static>>, Failure> {
        let path = dir.join(file);
        let read = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect);
        read.map_err(|e| Failure(format!("{}: {e}", path.display())))
    };
    let mut roots = RootCertStore::empty();
    for root in certificates("ca.pem")? {
        roots.add(root).map_err(|e| failed("ca.pem")(e.to_string()))?;
    }
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem"));
    let key = key.map_err(|e| failed("key.pem")(e.to_string()))?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| failed("TLS")(e.to_string()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates("cert.pem")?, key);
    config.map(Arc::new).map_err(|e| failed("cert.pem")(e.to_string()))
}

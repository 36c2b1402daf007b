//! The port of the control API.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::routes;
use crate::net::Endpoint;
use crate::shared::Shared;

/// What the routes work on.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) shared: Arc<Shared>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) url: Arc<str>,
}

/// Accepts until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, control: Control) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let control = control.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let control = control.clone();
                async move { Ok::<_, Infallible>(routes::answer(&control, request).await) }
            });
            // Whoever speaks no HTTP here gets hyper's answer.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await;
        });
    }
}

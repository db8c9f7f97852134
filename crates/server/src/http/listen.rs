//! The connections of `serve`: each is served until it ends, is idle for too long, or the process does.

use std::{pin::pin, time::Duration};

use axum::{Router, serve::Listener};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;

/// How long the head of a request may take; what rests between two requests counts as well, so this is longer than clients keep idle
/// connections by themselves.
const HEAD: Duration = Duration::from_secs(75);

/// Serves connections until that comes, and those that are open then to the end of what they ask.
pub(crate) async fn listen(mut listener: TcpListener, routes: Router, until: impl Future<Output = ()>) {
    // What is not settled by its first bytes would have no bound of time.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    let open = GracefulShutdown::new();
    let mut until = pin!(until);
    loop {
        let stream = tokio::select! {
            (stream, _) = Listener::accept(&mut listener) => stream,
            () = &mut until => break,
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        // How a connection ends is its caller's to know.
        tokio::spawn(open.watch(connection));
    }
    drop(listener);
    open.shutdown().await;
}

#[cfg(test)]
mod tests {
    use rolewright_core::Password;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        sync::oneshot,
        time::Instant,
    };

    use super::*;
    use crate::{
        Health,
        http::{Caller, Started, admin, router, tenants},
    };

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    /// All routes, with nothing behind them; the sender ends them.
    async fn served() -> (String, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (health, started) = (Health::default(), Started::default());
        let routes = router(health.clone())
            .merge(admin(health.clone(), started.clone(), &Password::new(TOKEN)))
            .merge(tenants(health, started, Caller::Gateway, None));
        let (end, ended) = oneshot::channel::<()>();
        let until = async move { drop(ended.await) };
        (address, end, tokio::spawn(listen(listener, routes, until)))
    }

    /// Sends this and no more; what came until the connection was closed, and after how many seconds that was.
    async fn closed(address: &str, sent: &str) -> (String, u64) {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        (text, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_answered_in_the_form_of_its_interface() {
        let (address, _end, _served) = served().await;
        let head = |line: &str| {
            format!(
                "POST {line}\r\nHost: x\r\nX-Okapi-Tenant: diku\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 20\r\n\r\n{{"
            )
        };
        let words = "the body of the request did not come within 30 seconds";
        let (text, after) = closed(&address, &head("/_/tenant HTTP/1.1")).await;
        assert!(text.starts_with("HTTP/1.1 408 ") && text.contains("content-type: text/plain"), "{text}");
        assert!(
            text.contains(&format!("{words}\nsend as many")) && (30..32).contains(&after),
            "{after}: {text}"
        );
        let (text, after) = closed(&address, &head("/v1/provision HTTP/1.1")).await;
        assert!(text.starts_with("HTTP/1.1 408 ") && (30..32).contains(&after), "{after}: {text}");
        let body: serde_json::Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert!(body["error"] == words && body["hint"].is_string(), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_comes_is_waited_for_no_longer_than_that() {
        let (address, _end, _served) = served().await;
        for sent in ["", "P", "GET /livez HTTP/1.1\r\nHost: x\r\n"] {
            let (text, after) = closed(&address, sent).await;
            assert!((75..77).contains(&after), "{after}: {text}");
        }
        // And the next one of a connection that is kept.
        let (text, after) = closed(&address, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(text.starts_with("HTTP/1.1 200 ") && (75..77).contains(&after), "{after}: {text}");
    }

    #[tokio::test]
    async fn the_end_waits_for_what_is_asked_and_for_nothing_that_rests() {
        let (address, end, served) = served().await;
        let mut idle = TcpStream::connect(&address).await.unwrap();
        idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 15];
        idle.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        end.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), served).await.unwrap().unwrap();
        TcpStream::connect(&address).await.unwrap_err();
    }
}

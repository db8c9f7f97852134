//! One round trip: a report that was verified before gets no answer until all of it is on its way. And a verdict that no longer
//! holds is not used.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use rolewright_sessions::{QueryError, Report};

use super::fixture::Ground;
use crate::harness::proxy::upstream;

/// Begin, guard, cursor, guard, and two FETCHes: each makes the server answer; one more does what asks for the settings of policies.
const FLIGHT: u32 = 6;

/// A wire on which answers can be held back until so many requests have gone by.
#[derive(Default)]
struct Tide {
    state: Mutex<(bool, u32, u32)>,
    turned: Condvar,
}

impl Tide {
    /// From now on nothing comes back, until so many have gone by.
    fn hold(&self, most: u32) {
        *self.state.lock().unwrap() = (true, 0, most);
    }

    fn request(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        if state.1 == state.2 {
            state.0 = false;
            self.turned.notify_all();
        }
    }

    fn answer(&self) {
        let state = self.state.lock().unwrap();
        drop(self.turned.wait_while(state, |state| state.0).unwrap());
    }

    /// Stands between a client and a server; gives its address.
    fn between(self: &Arc<Self>, server: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let tide = Arc::clone(self);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from, to, forth) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&tide));
                thread::spawn(move || requests(from, to, &forth));
                let back = Arc::clone(&tide);
                thread::spawn(move || answers(server, client, &back));
            }
        });
        address
    }
}

fn requests(mut client: TcpStream, mut server: TcpStream, tide: &Tide) -> Option<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length).ok()?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut body).ok()?;
    server.write_all(&[length.as_slice(), &body].concat()).ok()?;
    loop {
        let mut head = [0; 5];
        client.read_exact(&mut head).ok()?;
        let mut body = vec![0; u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4];
        client.read_exact(&mut body).ok()?;
        server.write_all(&[head.as_slice(), &body].concat()).ok()?;
        if matches!(head[0], b'Q' | b'S') {
            tide.request();
        }
    }
}

fn answers(mut server: TcpStream, mut client: TcpStream, tide: &Tide) -> Option<()> {
    let mut bytes = [0; 8192];
    loop {
        let count = server.read(&mut bytes).ok().filter(|count| *count > 0)?;
        tide.answer();
        client.write_all(&bytes[..count]).ok()?;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verified_report_is_one_round_trip() {
    let ground = Ground::new().await;
    let tide = Arc::new(Tide::default());
    let url = ground.db.url();
    let proxied = url.replace(&upstream(&url), &tide.between(upstream(&url)));
    let proxied = format!("{proxied}{}sslmode=disable", if proxied.contains('?') { '&' } else { '?' });
    let pool = ground.pool(&ground.raw, &proxied).await;
    ground
        .sql(
            "CREATE TABLE public.own AS SELECT id, name, 1 AS tenant FROM public.patients; ALTER TABLE public.own ENABLE ROW LEVEL SECURITY; GRANT SELECT ON public.own TO {}_raw; \
             CREATE POLICY own ON public.own USING (tenant = coalesce(current_setting('app.tenant', true), '1')::int)",
        )
        .await;
    let of = |table: &str| format!("SELECT id, name FROM {table} WHERE id > :least ORDER BY id");
    for (table, most, least) in ["patients", "own"]
        .iter()
        .zip([FLIGHT, FLIGHT + 1])
        .flat_map(|(table, most)| [1, 2, 0].map(|least| (table, most, least)))
    {
        let report = Report::new(of(table)).bind("least", 1);
        let first = pool.query(&report).await.unwrap().collect().await.unwrap();
        assert_eq!(first.len(), 2);
        // The scrub of the run before is over when its connection is back.
        while pool.size().1 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tide.hold(most);
        let report = report.clone().bind("least", least);
        let run = async { pool.query(&report).await.unwrap().collect().await.unwrap() };
        let rows = tokio::time::timeout(Duration::from_secs(20), run).await;
        assert_eq!(rows.expect("it waited for an answer on its way").len(), 3 - least as usize);
    }
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_verdict_is_not_used_when_what_it_rests_on_has_changed() {
    let ground = Ground::new().await;
    let view = "CREATE VIEW public.v AS SELECT id, email AS shown FROM public.users; GRANT SELECT ON public.v TO {}_raw";
    ground.sql(view).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let report = Report::new("SELECT shown FROM v ORDER BY id");
    let run = async || pool.query(&report).await?.collect().await;
    for _ in 0..2 {
        assert_eq!(run().await.unwrap()[0], [Some("a@x".to_owned())]);
    }
    ground.sql("CREATE OR REPLACE VIEW public.v AS SELECT id, password AS shown FROM public.users").await;
    for _ in 0..2 {
        assert!(matches!(run().await, Err(QueryError::Refused(_))), "the view shows what is denied now");
    }
    ground
        .sql(
            "DROP VIEW public.v; CREATE TABLE public.v AS SELECT 1 AS id, 'plain'::text AS shown; \
             GRANT SELECT ON public.v TO {}_raw",
        )
        .await;
    for _ in 0..2 {
        assert_eq!(run().await.unwrap(), [[Some("plain".to_owned())]]);
    }
    // What the text calls is another function from now on, and not one that is listed.
    let calls = Report::new("SELECT upper(id) FROM (SELECT id::text AS id FROM v) s");
    for _ in 0..2 {
        assert_eq!(pool.query(&calls).await.unwrap().collect().await.unwrap(), [[Some("1".to_owned())]]);
    }
    let better = "ALTER TABLE public.v ALTER id TYPE varchar";
    ground.sql(better).await;
    let calls = Report::new("SELECT upper(id) FROM v");
    assert!(pool.query(&calls).await.is_ok());
    ground
        .sql("CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'another' $$")
        .await;
    assert!(matches!(pool.query(&calls).await, Err(QueryError::Refused(_))));
    pool.close().await;
    ground.end().await;
}

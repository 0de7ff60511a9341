//! Tests of the limits of open connections.

use std::num::NonZeroU32;

use super::*;

#[actix_web::test]
async fn a_network_that_has_its_share_leaves_the_rest_to_others() {
    let service = Service::start(ConnectionLimits { max_connections: 4, max_per_network: Some(2), ..long_limits() });
    let open = [service.connect().await, service.connect().await];
    service.has_open(2).await;
    for _ in 0..20 {
        assert_eq!(service.connect().await.read_all().await, b"");
    }
    service.counts(r#"dermagraph_connections_refused_total{reason="network"} 20"#).await;
    let mut other = service.connect_from(Ipv4Addr::new(127, 0, 0, 2)).await;
    other.send(GET).await;
    other.read_until("hello").await;
    drop(open);
    service.has_open(1).await;
    let mut again = service.connect().await;
    again.send(GET).await;
    again.read_until("hello").await;
}

#[actix_web::test]
async fn a_connection_beyond_the_maximum_is_closed_immediately() {
    let service = Service::start(ConnectionLimits { max_connections: 1, max_per_network: None, ..long_limits() });
    let open = service.connect().await;
    service.has_open(1).await;
    assert_eq!(service.connect().await.read_all().await, b"");
    service.counts(r#"dermagraph_connections_refused_total{reason="all"} 1"#).await;
    drop(open);
    service.has_open(0).await;
}

#[actix_web::test]
async fn the_new_connections_of_a_network_are_served_at_a_limited_rate() {
    const DELAYED: usize = 5;
    let max_new_per_network = NonZeroU32::new(1);
    let service = Service::start(ConnectionLimits { max_new_per_network, ..long_limits() });
    let greet = async |from| {
        let mut client = service.connect_from(from).await;
        client.send(GET).await;
        client.read_until("hello").await;
    };
    let started = Instant::now();
    for _ in 0..=DELAYED {
        greet(Ipv4Addr::LOCALHOST).await;
    }
    let delays = ConnectionLimits::BURST_TIME * u32::try_from(DELAYED).unwrap();
    assert!(started.elapsed() >= delays, "{:?}", started.elapsed());
    let mut waiting = Vec::new();
    for _ in 0..40 {
        waiting.push(service.connect().await);
    }
    service.has_open(waiting.len()).await;
    let started = Instant::now();
    greet(Ipv4Addr::new(127, 0, 0, 2)).await;
    assert!(started.elapsed() < ConnectionLimits::BURST_TIME * 20, "others do not wait: {:?}", started.elapsed());
}

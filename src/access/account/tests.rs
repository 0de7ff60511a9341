//! Tests of accounts.

use super::*;

fn account(accounts: &Arc<Accounts>, address: &str) -> Account {
    accounts.of(Client::Address(address.parse().unwrap()))
}

#[test]
fn bytes_are_reserved_up_to_a_share_per_client_and_a_limit_for_all() {
    let accounts = Accounts::new(Limiter::new(0, 0), 1000);
    let clients: Vec<_> = (1..=5).map(|at| account(&accounts, &format!("192.0.2.{at}"))).collect();
    assert!(clients[0].reserve(251).is_err());
    let mut reservations = Vec::new();
    // After the third client, 250 bytes are left. Each further client gets half of the rest.
    for (client, share) in clients.iter().zip([250, 250, 250, 125, 62]) {
        assert!(client.reserve(share + 1).is_err(), "more than {share}");
        reservations.push(client.reserve(share).expect("it fits"));
        assert!(client.reserve(1).is_err(), "its share is used");
    }
    assert_eq!(accounts.reserved(), 937);
    drop(reservations);
    assert_eq!(accounts.reserved(), 0);
    assert!(accounts.locked().clients.is_empty(), "clients without a reservation are removed");
}

#[test]
fn a_search_does_not_prevent_other_requests_of_its_client() {
    let accounts = Accounts::new(Limiter::new(0, 0), 1000);
    let client = account(&accounts, "192.0.2.1");
    assert!(client.acquire(500) && !client.acquire(1), "searches may use half");
    assert!(client.reserve(250).is_ok());
    assert!(account(&accounts, "192.0.2.2").reserve(250).is_ok());
    client.release(500);
    assert_eq!(accounts.reserved(), 0);
    assert!(accounts.locked().temporary.is_empty());
}

#[test]
fn a_reservation_can_be_resized_within_the_limits() {
    let accounts = Accounts::new(Limiter::new(0, 0), 1000);
    let client = account(&accounts, "192.0.2.1");
    let mut reservation = client.reserve(200).expect("it fits");
    assert_eq!(reservation.resize(50), Ok(()));
    assert_eq!(accounts.reserved(), 50);
    assert!(client.reserve(200).is_ok());
    assert_eq!(reservation.resize(250), Ok(()));
    assert_eq!(reservation.resize(251), Err(MemoryLimitReached));
    assert_eq!(accounts.reserved(), 250);
    drop(reservation);
    assert_eq!(accounts.reserved(), 0);
}

#[test]
fn a_buffer_that_grows_byte_by_byte_changes_its_reservation_in_steps() {
    let accounts = Accounts::new(Limiter::new(0, 0), 8 * MIN_COUNTED);
    let client = account(&accounts, "192.0.2.1");
    let (mut reservation, mut steps) = (None, Vec::new());
    for bytes in 0..=MIN_COUNTED + 1 {
        assert_eq!(client.adjust(&mut reservation, bytes), Ok(()));
        steps.push(accounts.reserved());
    }
    steps.dedup();
    assert_eq!(steps, [0, MIN_COUNTED, 2 * MIN_COUNTED]);
    assert_eq!(client.adjust(&mut reservation, 2 * MIN_COUNTED + 1), Err(MemoryLimitReached), "a quarter is its share");
    assert_eq!(client.adjust(&mut reservation, 0), Ok(()));
    assert_eq!(accounts.reserved(), 0);
}

#[test]
fn responses_that_are_longer_than_estimated_use_what_is_left() {
    let accounts = Accounts::new(Limiter::new(0, 0), 64 * MIN_COUNTED);
    let clients: Vec<_> = (1..=4).map(|at| account(&accounts, &format!("192.0.2.{at}"))).collect();
    let estimates = [15, 15, 15, 9];
    let mut reservations: Vec<_> =
        clients.iter().zip(estimates).map(|(client, estimate)| client.reserve(estimate * MIN_COUNTED).ok()).collect();
    assert_eq!(clients[0].adjust(&mut reservations[0], 16 * MIN_COUNTED), Err(MemoryLimitReached));
    for (client, reservation) in clients.iter().zip(&mut reservations) {
        assert_eq!(client.adjust_existing(reservation, 15 * MIN_COUNTED + 1), Ok(()));
        let above_share = client.adjust_existing(reservation, 16 * MIN_COUNTED + 1);
        assert_eq!(above_share, Err(MemoryLimitReached), "it is above its share");
    }
    assert_eq!(accounts.reserved(), 64 * MIN_COUNTED);
    assert_eq!(clients[0].adjust_existing(&mut reservations[0], 1), Ok(()));
    assert!(reservations[0].is_none());
    assert_eq!(clients[0].adjust(&mut reservations[0], 16 * MIN_COUNTED), Err(MemoryLimitReached), "half of the rest");
    assert_eq!(clients[0].adjust_existing(&mut reservations[0], 16 * MIN_COUNTED), Ok(()), "it had no reservation");
}

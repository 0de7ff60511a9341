//! Loads a server with wrk (<https://github.com/wg/wrk>).

use std::{fmt::Write as _, io::Write as _, net::SocketAddr, process::Command, time::Duration};

use crate::{Failure, client::Request};

/// The results of one window of time.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Number of requests.
    pub requests: f64,
    /// Requests per second.
    pub rate: f64,
    /// Median latency.
    pub p50: Duration,
    /// The 99th percentile of the latency.
    pub p99: Duration,
}

/// Sends requests over a number of connections for some time, as fast as the server responds.
///
/// # Errors
/// When wrk is not installed, a request fails, or a response has the status of an error.
pub fn drive(address: SocketAddr, request: &Request, connections: usize, time: Duration) -> Result<Window, Failure> {
    let mut script = tempfile::NamedTempFile::new().map_err(|failure| failure.to_string())?;
    script.write_all(lua(request).as_bytes()).map_err(|failure| failure.to_string())?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{}s", time.as_secs()), "--timeout=30s", "-s"])
        .arg(script.path())
        .arg(format!("http://{address}{}", request.path))
        .output()
        .map_err(|failure| format!("cannot run wrk: {failure}; it is in the package wrk of Debian"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (numbers, errors) = text.lines().find_map(|line| line.strip_prefix("RESULT ")?.rsplit_once(' ')).unwrap_or_default();
    let numbers: Vec<f64> = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [requests, microseconds, p50, p99] if errors == "0" && requests > 0.0 => Ok(Window {
            requests,
            rate: requests / microseconds * 1e6,
            p50: Duration::from_secs_f64(p50 / 1e6),
            p99: Duration::from_secs_f64(p99 / 1e6),
        }),
        _ => Err(format!("wrk failed on {}:\n{text}{}", request.path, String::from_utf8_lossy(&output.stderr))),
    }
}

/// Returns the script for wrk, which sends the request and prints the line that the harness reads.
fn lua(request: &Request) -> String {
    let mut script = String::new();
    if let Some(body) = &request.body {
        script.push_str("wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n");
        // The JSON of our queries does not contain this closing bracket.
        let _ = writeln!(script, "wrk.body = [==[{body}]==]");
    }
    for (name, value) in &request.headers {
        let _ = writeln!(script, "wrk.headers['{name}'] = [==[{value}]==]");
    }
    script.push_str(
        "done = function(summary, latency, requests)
           local e = summary.errors
           io.write(string.format('RESULT %d %d %d %d %d\\n', summary.requests, summary.duration, latency:percentile(50),
             latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
         end\n",
    );
    script
}

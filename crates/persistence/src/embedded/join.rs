//! The way to a server that another process runs.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

use super::{places, through};

/// How to connect to `database` of the server that another process runs in this data directory;
/// `None` while there is none that accepts connections.
pub fn join(data_dir: &Path, database: &str) -> Option<PgConnectOptions> {
    let cluster = places::cluster_of(data_dir)?;
    let state = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    Some(through(&socket_dir(&state)?, database))
}

/// Whether there is a database in this data directory, running or not.
pub fn has_cluster(data_dir: &Path) -> bool {
    places::cluster_of(data_dir).is_some()
}

/// The socket's folder from what a server writes down about itself, once it is ready: process,
/// cluster, start, port, socket's folder, address, shared memory and state, a line each.
fn socket_dir(state: &str) -> Option<PathBuf> {
    let lines: Vec<&str> = state.lines().collect();
    let is_ready = lines.get(7)?.trim() == "ready";
    let folder = lines.get(4).filter(|folder| folder.starts_with('/'))?;
    is_ready.then(|| PathBuf::from(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(state: &str) -> String {
        format!("4711\n/data/cluster\n1764150000\n5432\n/data/socket\n\n 123 456\n{state}\n")
    }

    #[test]
    fn a_server_that_is_ready_tells_where_its_socket_is() {
        assert_eq!(socket_dir(&written("ready   ")), Some(PathBuf::from("/data/socket")));
    }

    #[test]
    fn a_server_that_starts_or_stops_cannot_be_joined() {
        for state in ["starting", "stopping", "standby "] {
            assert_eq!(socket_dir(&written(state)), None, "{state}");
        }
        assert_eq!(socket_dir("4711\n/data/cluster\n"), None);
    }

    #[test]
    fn a_folder_without_a_cluster_has_no_server_to_join() {
        let folder = tempfile::tempdir().unwrap();
        assert!(join(folder.path(), "wiwebb").is_none());
        assert!(join(&folder.path().join("missing"), "wiwebb").is_none());
    }
}

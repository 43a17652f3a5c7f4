//! The one command that installs PostgreSQL on this system, for the message that none was found.

/// The command for the system this process runs on; `major` where only that version will do.
pub(super) fn install_command(major: Option<u32>) -> String {
    if cfg!(target_os = "macos") {
        return format!("brew install postgresql@{}", major.unwrap_or(17));
    }
    linux_command(&os_release(), major)
}

/// The command that installs `pg_dump` and `pg_restore` of this version. Where a system has no
/// package for them, that of the server brings them.
pub(super) fn client_command(major: u32) -> String {
    if cfg!(target_os = "macos") {
        return format!("brew install postgresql@{major}");
    }
    client_command_for(&os_release(), major)
}

fn client_command_for(os_release: &str, major: u32) -> String {
    let server = linux_command(os_release, Some(major));
    if server.starts_with("apt-get") {
        return format!("apt-get install -y postgresql-client-{major}");
    }
    let words = server.split(' ').filter(|word| !word.ends_with("-contrib"));
    words.collect::<Vec<_>>().join(" ").replace("postgresql-server", "postgresql")
}

/// What describes the Linux distribution; empty where nothing does.
fn os_release() -> String {
    ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default()
}

/// The command for the Linux distribution that `os_release` describes (os-release(5)): by its own
/// `ID`, else by the ones it says it is like. Some have the extension that searches need in a package of
/// its own.
fn linux_command(os_release: &str, major: Option<u32>) -> String {
    let version = |separator: &str| major.map(|m| format!("{separator}{m}")).unwrap_or_default();
    let own = field(os_release, "ID").unwrap_or_default();
    let like = field(os_release, "ID_LIKE").unwrap_or_default();
    std::iter::once(own)
        .chain(like.split_whitespace())
        .find_map(|id| match id {
            "debian" | "ubuntu" => Some(format!("apt-get install -y postgresql{}", version("-"))),
            "fedora" | "rhel" | "centos" => {
                Some("dnf install -y postgresql-server postgresql-contrib".to_owned())
            }
            "alpine" => Some(format!("apk add postgresql{0} postgresql{0}-contrib", version(""))),
            "arch" => Some("pacman -S --noconfirm postgresql".to_owned()),
            "suse" | "opensuse" => {
                let version = version("");
                Some(format!(
                    "zypper install -y postgresql{version}-server postgresql{version}-contrib"
                ))
            }
            _ => None,
        })
        .unwrap_or_else(|| {
            "your package manager (the package is mostly called postgresql or postgresql-server)"
                .to_owned()
        })
}

/// The value of one `NAME=value` line, quotes taken away.
fn field<'a>(os_release: &'a str, name: &str) -> Option<&'a str> {
    os_release
        .lines()
        .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distribution_gets_the_command_of_its_package_manager() {
        for (os_release, command) in [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n", "apt-get install -y postgresql"),
            ("ID=ubuntu\nID_LIKE=debian\n", "apt-get install -y postgresql"),
            ("ID=fedora\nVERSION_ID=42\n", "dnf install -y postgresql-server postgresql-contrib"),
            (
                "ID=\"rhel\"\nID_LIKE=\"fedora\"\n",
                "dnf install -y postgresql-server postgresql-contrib",
            ),
            ("ID=alpine\n", "apk add postgresql postgresql-contrib"),
            ("ID=arch\n", "pacman -S --noconfirm postgresql"),
            (
                "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n",
                "zypper install -y postgresql-server postgresql-contrib",
            ),
        ] {
            assert_eq!(linux_command(os_release, None), command, "{os_release}");
        }
    }

    #[test]
    fn client_programs_come_without_a_server_where_a_package_has_them() {
        for (os_release, command) in [
            ("ID=debian", "apt-get install -y postgresql-client-15"),
            ("ID=fedora", "dnf install -y postgresql"),
            ("ID=alpine", "apk add postgresql15"),
        ] {
            assert_eq!(client_command_for(os_release, 15), command, "{os_release}");
        }
    }

    #[test]
    fn an_unknown_distribution_gets_the_command_of_the_one_it_is_like() {
        let os_release = "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n";
        assert_eq!(
            linux_command(os_release, None),
            "dnf install -y postgresql-server postgresql-contrib"
        );
        let os_release = "ID=linuxmint\nID_LIKE='ubuntu debian'\n";
        assert_eq!(linux_command(os_release, None), "apt-get install -y postgresql");
    }

    #[test]
    fn id_is_not_taken_from_a_longer_name_that_ends_alike() {
        let os_release = "VERSION_ID=debian\nBUILD_ID=alpine\nID=arch\n";
        assert_eq!(linux_command(os_release, None), "pacman -S --noconfirm postgresql");
    }

    #[test]
    fn the_version_that_wrote_the_data_is_named_where_the_package_has_it_in_its_name() {
        assert_eq!(linux_command("ID=debian", Some(15)), "apt-get install -y postgresql-15");
        assert_eq!(
            linux_command("ID=alpine", Some(16)),
            "apk add postgresql16 postgresql16-contrib"
        );
    }

    #[test]
    fn a_system_without_a_description_is_pointed_to_its_package_manager() {
        assert!(linux_command("", None).contains("package manager"));
    }
}

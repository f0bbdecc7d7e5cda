//! Where the servers run, and where the load does: apart, so that neither takes the other's time.

use core_affinity::{CoreId, get_core_ids, set_for_current};

/// Two cores; or all of them for both, where there are not two.
pub(crate) struct Cores(Option<[CoreId; 2]>);

impl Cores {
    pub(crate) fn apart() -> Self {
        let first = |cores: Vec<CoreId>| cores.first_chunk().copied();
        Self(get_core_ids().and_then(first))
    }

    pub(crate) fn shared() -> Self {
        Self(None)
    }

    /// Makes this thread, and what it starts from now on, run where servers do.
    pub(crate) fn of_servers(&self) {
        if let Some([servers, _]) = self.0 {
            set_for_current(servers);
        }
    }

    /// Makes this thread run where the load does.
    pub(crate) fn of_load(&self) {
        if let Some([_, load]) = self.0 {
            set_for_current(load);
        }
    }

    pub(crate) fn are_apart(&self) -> bool {
        self.0.is_some()
    }
}

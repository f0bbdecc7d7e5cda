//! Events for those who asked for them by the feature `tracing`, nothing for the others.

macro_rules! event {
    ($level:ident, $($rest:tt)+) => {
        #[cfg(feature = "tracing")]
        ::tracing::$level!($($rest)+);
    };
}

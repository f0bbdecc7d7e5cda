//! proptest strategies for generated types.

use proptest::prelude::*;

use crate::{Message, strategy};

#[doc(hidden)]
pub use proptest;

/// Any message of a type: the values of [`strategy::octets`], decoded.
pub fn message<M: Message + core::fmt::Debug>() -> BoxedStrategy<M> {
    strategy::octets(M::DEFINITION)
        .prop_filter_map("the decoder takes every canonical encoding", |octets| {
            M::decode(&octets).ok()
        })
        .boxed()
}

/// Implements proptest's `Arbitrary` for generated types.
#[macro_export]
macro_rules! impl_arbitrary {
    ($($name:ident,)*) => {$(
        impl $crate::arbitrary::proptest::arbitrary::Arbitrary for $name {
            type Parameters = ();
            type Strategy = $crate::arbitrary::proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                $crate::arbitrary::message::<Self>()
            }
        }
    )*};
}

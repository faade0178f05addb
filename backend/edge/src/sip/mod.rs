//! SIP trunks on rsipstack, behind our guard. Knows nothing of sound: SDP passes through as text.

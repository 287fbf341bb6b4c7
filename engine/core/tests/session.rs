//! Streams of bytes against the session that answers them: whatever comes, each frame gets its answer, in order.

use perfwatch_core::frame::{DEFAULT_MAX_BODY, ERROR_BIT, FrameError};
use perfwatch_core::kernel::Kernel;
use perfwatch_core::kernel::level::Level;
use perfwatch_core::request::{RequestError, Requests};
use perfwatch_core::session::{self, Ending};
use proptest::collection::vec;
use proptest::prelude::*;

fn body(opcode: u8, close: &[f64], params: &[[i64; 6]]) -> Vec<u8> {
    let mut body = vec![opcode];
    body.extend((close.len() as u32).to_le_bytes());
    body.extend((params.len() as u32).to_le_bytes());
    body.extend(close.iter().flat_map(|price| price.to_le_bytes()));
    body.extend(params.iter().flatten().flat_map(|window| window.to_le_bytes()));
    body
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_le_bytes(), body].concat()
}

fn serve(stream: &[u8], max_body: u32) -> (Vec<Result<Vec<u8>, String>>, Ending) {
    let mut output = Vec::new();
    let ending = session::serve(stream, &mut output, Kernel::Unchecked.at(Level::Portable), max_body).unwrap();
    (replies(&output), ending)
}

fn replies(mut output: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    let mut replies = Vec::new();
    while let Some((length, rest)) = output.split_first_chunk() {
        let length = u32::from_le_bytes(*length);
        let (body, rest) = rest.split_at((length & !ERROR_BIT) as usize);
        let refused = length & ERROR_BIT != 0;
        replies.push(if refused { Err(String::from_utf8(body.to_vec()).unwrap()) } else { Ok(body.to_vec()) });
        output = rest;
    }
    replies
}

fn bytes(close: &[f64]) -> Vec<u8> {
    close.iter().flat_map(|price| price.to_le_bytes()).collect()
}

/// Gives its bytes a few at a time, as a socket does.
struct Dribble<'a>(&'a [u8], usize);

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(self.0.len()).min(into.len());
        into[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn floats() -> impl Strategy<Value = Vec<f64>> {
    vec(any::<u64>().prop_map(f64::from_bits), 0..200)
}

proptest! {
    #[test]
    fn a_request_is_read_as_it_was_written(close in floats(), params in vec(any::<[i64; 6]>(), 0..20), opcode in 0..2_u8, step in 1..100_usize) {
        let stream = frame(&body(opcode, &close, &params));
        let mut requests = Requests::new(Dribble(&stream, step), DEFAULT_MAX_BODY);
        let request = requests.read().unwrap().unwrap();
        prop_assert_eq!(bytes(&request.close), bytes(&close));
        prop_assert_eq!(&request.params, &params);
        prop_assert!(requests.read().unwrap().is_none());
    }

    #[test]
    fn an_echo_gives_back_every_bit(close in floats()) {
        let (replies, ending) = serve(&frame(&body(1, &close, &[])), DEFAULT_MAX_BODY);
        prop_assert_eq!(replies, vec![Ok(bytes(&close))]);
        prop_assert_eq!(ending, Ending::Finished);
    }

    #[test]
    fn a_frame_cut_off_anywhere_is_lost_and_says_so(close in vec(0.0..1.0, 0..20), cut in any::<prop::sample::Index>()) {
        let whole = frame(&body(1, &close, &[[1; 6]]));
        let kept = 1 + cut.index(whole.len() - 1);
        let (replies, ending) = serve(&whole[..kept], DEFAULT_MAX_BODY);
        prop_assert_eq!(replies.len(), 1);
        prop_assert!(replies[0].as_ref().unwrap_err().ends_with("before the stream ended"));
        let lost = matches!(ending, Ending::Lost(FrameError::CutOff { .. }));
        prop_assert!(lost);
    }

    #[test]
    fn a_framed_body_of_any_bytes_leaves_the_next_frame_intact(noise in vec(any::<u8>(), 0..200)) {
        let stream = [frame(&noise), frame(&body(1, &[1.5], &[]))].concat();
        let (replies, ending) = serve(&stream, DEFAULT_MAX_BODY);
        prop_assert_eq!(replies.len(), 2);
        prop_assert_eq!(&replies[1], &Ok(bytes(&[1.5])));
        prop_assert_eq!(ending, Ending::Finished);
    }

    #[test]
    fn no_bytes_at_all_make_a_session_panic_or_take_memory_it_was_not_sent(noise in vec(any::<u8>(), 0..500)) {
        // The limit bounds what a lying header can make the session reserve.
        let mut output = Vec::new();
        session::serve(&noise[..], &mut output, Kernel::Checked.at(Level::Portable), 4096).unwrap();
        replies(&output);
    }

    #[test]
    fn a_length_that_is_not_its_counts_is_refused(close in vec(0.0..1.0, 0..20), n_bars in any::<u32>(), n_combos in any::<u32>()) {
        prop_assume!((n_bars as usize, n_combos) != (close.len(), 0));
        let mut lying = body(0, &close, &[]);
        lying[1..5].copy_from_slice(&n_bars.to_le_bytes());
        lying[5..9].copy_from_slice(&n_combos.to_le_bytes());
        // A few counts do add up to the same length: six bars weigh as much as a combination.
        prop_assume!(9 + 8 * u64::from(n_bars) + 48 * u64::from(n_combos) != lying.len() as u64);
        let (replies, _) = serve(&frame(&lying), DEFAULT_MAX_BODY);
        let said = replies[0].as_ref().unwrap_err();
        let got = format!("got {}", lying.len());
        prop_assert!(said.starts_with("body_len: expected ") && said.ends_with(&got), "{}", said);
    }
}

#[test]
fn a_claim_of_four_gigabytes_is_refused_before_any_of_it_is_read() {
    let (replies, ending) = serve(&u32::MAX.to_le_bytes(), DEFAULT_MAX_BODY);
    assert_eq!(replies, [Err("body_len: expected at most 268435456 bytes, got 4294967295".into())]);
    assert!(matches!(ending, Ending::Lost(FrameError::TooLong { .. })));
}

#[test]
fn a_parameter_that_is_no_window_is_refused_and_the_session_goes_on() {
    let good = body(0, &[1.0], &[[1; 6]]);
    let bad = body(0, &[1.0], &[[1, 1, 1, 1, 1, i64::MIN]]);
    let (replies, _) = serve(&[frame(&bad), frame(&good)].concat(), DEFAULT_MAX_BODY);
    assert!(replies[0].as_ref().unwrap_err().starts_with("combination 0: p: expected a window of 1 to"));
    assert_eq!(replies[1], Ok(vec![0; 16]));
}

#[test]
fn a_body_at_the_limit_is_taken_and_one_byte_more_is_not() {
    let at_limit = body(1, &[1.0, 2.0], &[]);
    let limit = at_limit.len() as u32;
    assert_eq!(serve(&frame(&at_limit), limit).1, Ending::Finished);
    assert_eq!(
        serve(&frame(&at_limit), limit - 1).1,
        Ending::Lost(FrameError::TooLong { limit: limit - 1, got: limit })
    );
}

#[test]
fn a_large_request_is_followed_by_a_small_one_that_sees_nothing_of_it() {
    let (large, small) = (vec![1.0; 100_000], [2.0]);
    let stream = [frame(&body(1, &large, &[])), frame(&body(1, &small, &[]))].concat();
    let (replies, _) = serve(&stream, DEFAULT_MAX_BODY);
    assert_eq!(replies, [Ok(bytes(&large)), Ok(bytes(&small))]);
}

#[test]
fn a_request_longer_than_what_memory_grows_by_is_read_whole() {
    let close: Vec<f64> = (0..1_300_000).map(f64::from).collect();
    let params = vec![[7; 6]; 3];
    let stream = [frame(&body(1, &close, &params)), frame(&body(1, &close[1..], &params))].concat();
    let mut requests = Requests::new(&stream[..], DEFAULT_MAX_BODY);
    for expected in [&close[..], &close[1..]] {
        let request = requests.read().unwrap().unwrap();
        assert!(request.close == expected && request.params == params);
    }
}

#[test]
fn once_answers_the_first_request_only() {
    let stream = [frame(&body(1, &[1.0], &[])), frame(&body(1, &[2.0], &[]))].concat();
    let mut output = Vec::new();
    session::once(&stream[..], &mut output, Kernel::Checked.at(Level::Portable), DEFAULT_MAX_BODY).unwrap().unwrap();
    assert_eq!(replies(&output), [Ok(bytes(&[1.0]))]);
}

#[test]
fn once_without_a_request_says_that_none_came() {
    let mut output = Vec::new();
    let error = session::once(&[][..], &mut output, Kernel::Checked.at(Level::Portable), DEFAULT_MAX_BODY)
        .unwrap()
        .unwrap_err();
    assert_eq!(error.to_string(), "body_len: expected 4 bytes, got 0 before the stream ended");
    assert_eq!(replies(&output), [Err(error.to_string())]);
}

#[test]
fn a_stream_that_fails_is_an_error_and_not_an_end() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    assert!(matches!(Requests::new(Broken, 100).read(), Err(RequestError::Io(_))));
    assert!(session::serve(Broken, Vec::new(), Kernel::Checked.at(Level::Portable), 100).is_err());
}

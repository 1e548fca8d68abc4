// The multi-byte decoders, as the Encoding Standard words them (sections 10 to 12). Each has
//   Byte(state, byte, output)  the handler for one byte; "restored" bytes go through it again
//   End(state, output)         the handler for the end of the queue
// The states' meanings: see each. Included by legacy_decoder.cc only. Thread: any.
#pragma once

#include <algorithm>

#include "runtime/native/encoding/decoder_output.h"
#include "runtime/native/encoding/legacy_decoder.h"
#include "runtime/native/encoding/legacy_tables.h"

namespace nano::runtime {

// An error within a sequence, whose last byte stands for itself if it is ASCII.
inline void ErrorBefore(uint8_t byte, DecoderOutput& output) {
  output.Error();
  if (IsAscii(byte)) output.Put(byte);
}

inline void ErrorIfOpen(DecoderState& state, DecoderOutput& output) {
  if (state.first != 0) output.Error();
  state = {};
}

// first: the lead.
struct EucKrDecoder {
  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    if (state.first == 0) {
      if (IsAscii(byte)) return output.Put(byte);
      if (!InRange(byte, 0x81, 0xFE)) return output.Error();
      state.first = byte;
      return;
    }
    const size_t lead = state.first - 0x81u;
    state.first = 0;
    if (InRange(byte, 0x41, 0xFE)) {
      if (const char16_t code = Lookup(tables::kEucKr, lead * 190 + (byte - 0x41u))) {
        return output.Put(code);
      }
    }
    ErrorBefore(byte, output);
  }
  static void End(DecoderState& state, DecoderOutput& output) { ErrorIfOpen(state, output); }
};

// first: the lead.
struct Big5Decoder {
  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    if (state.first == 0) {
      if (IsAscii(byte)) return output.Put(byte);
      if (!InRange(byte, 0x81, 0xFE)) return output.Error();
      state.first = byte;
      return;
    }
    const size_t lead = state.first - 0x81u;
    state.first = 0;
    if (InRange(byte, 0x40, 0x7E) || InRange(byte, 0xA1, 0xFE)) {
      const size_t pointer = lead * 157 + (byte - (byte < 0x7F ? 0x40u : 0x62u));
      // The four pointers that stand for a letter and a combining mark.
      switch (pointer) {
        case 1133:
          return output.Put(u'\u00CA'), output.Put(u'\u0304');
        case 1135:
          return output.Put(u'\u00CA'), output.Put(u'\u030C');
        case 1164:
          return output.Put(u'\u00EA'), output.Put(u'\u0304');
        case 1166:
          return output.Put(u'\u00EA'), output.Put(u'\u030C');
      }
      if (const uint32_t code = LookupBig5(pointer)) return output.PutCodePoint(code);
    }
    ErrorBefore(byte, output);
  }
  static void End(DecoderState& state, DecoderOutput& output) { ErrorIfOpen(state, output); }
};

// first: the lead; mode: it is of JIS X 0212.
struct EucJpDecoder {
  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    const uint8_t lead = state.first;
    if (lead == 0) {
      if (IsAscii(byte)) return output.Put(byte);
      if (byte != 0x8E && byte != 0x8F && !InRange(byte, 0xA1, 0xFE)) return output.Error();
      state.first = byte;
      return;
    }
    if (lead == 0x8E && InRange(byte, 0xA1, 0xDF)) {
      state.first = 0;
      return output.Put(0xFF61 - 0xA1 + byte);
    }
    if (lead == 0x8F && InRange(byte, 0xA1, 0xFE)) {
      state = {.mode = 1, .first = byte};
      return;
    }
    const bool jis0212 = state.mode != 0;
    state = {};
    if (InRange(lead, 0xA1, 0xFE) && InRange(byte, 0xA1, 0xFE)) {
      const size_t pointer = (lead - 0xA1u) * 94 + (byte - 0xA1u);
      const char16_t code =
          jis0212 ? Lookup(tables::kJis0212, pointer) : Lookup(tables::kJis0208, pointer);
      if (code != 0) return output.Put(code);
    }
    ErrorBefore(byte, output);
  }
  static void End(DecoderState& state, DecoderOutput& output) { ErrorIfOpen(state, output); }
};

// first: the lead.
struct ShiftJisDecoder {
  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    if (state.first == 0) {
      if (byte <= 0x80) return output.Put(byte);
      if (InRange(byte, 0xA1, 0xDF)) return output.Put(0xFF61 - 0xA1 + byte);
      if (!InRange(byte, 0x81, 0x9F) && !InRange(byte, 0xE0, 0xFC)) return output.Error();
      state.first = byte;
      return;
    }
    const size_t lead = state.first - (state.first < 0xA0 ? 0x81u : 0xC1u);
    state.first = 0;
    if (InRange(byte, 0x40, 0x7E) || InRange(byte, 0x80, 0xFC)) {
      // The table has the private use area, pointers 8836 to 10715, as well.
      const size_t pointer = lead * 188 + (byte - (byte < 0x7F ? 0x40u : 0x41u));
      if (const char16_t code = Lookup(tables::kJis0208, pointer)) return output.Put(code);
    }
    ErrorBefore(byte, output);
  }
  static void End(DecoderState& state, DecoderOutput& output) { ErrorIfOpen(state, output); }
};

// The decoder of gb18030 and of GBK. first, second, third: the bytes of a sequence of four.
struct Gb18030Decoder {
  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    if (state.third != 0) return Fourth(state, byte, output);
    if (state.second != 0) {
      if (InRange(byte, 0x81, 0xFE)) {
        state.third = byte;
        return;
      }
      const uint8_t second = state.second;
      state = {};
      output.Error();
      Byte(state, second, output);
      return Byte(state, byte, output);
    }
    if (state.first != 0) {
      if (InRange(byte, 0x30, 0x39)) {
        state.second = byte;
        return;
      }
      const size_t lead = state.first - 0x81u;
      state.first = 0;
      if (InRange(byte, 0x40, 0x7E) || InRange(byte, 0x80, 0xFE)) {
        const size_t pointer = lead * 190 + (byte - (byte < 0x7F ? 0x40u : 0x41u));
        if (const char16_t code = Lookup(tables::kGb18030, pointer)) return output.Put(code);
      }
      return ErrorBefore(byte, output);
    }
    if (IsAscii(byte)) return output.Put(byte);
    if (byte == 0x80) return output.Put(u'\u20AC');
    if (byte == 0xFF) return output.Error();
    state.first = byte;
  }
  static void End(DecoderState& state, DecoderOutput& output) { ErrorIfOpen(state, output); }

 private:
  static void Fourth(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    const DecoderState open = state;
    state = {};
    if (!InRange(byte, 0x30, 0x39)) {
      output.Error();
      Byte(state, open.second, output);
      Byte(state, open.third, output);
      return Byte(state, byte, output);
    }
    const uint32_t pointer = (open.first - 0x81u) * 12600 + (open.second - 0x30u) * 1260 +
                             (open.third - 0x81u) * 10 + (byte - 0x30u);
    if (const uint32_t code = LookupGb18030Ranges(pointer)) return output.PutCodePoint(code);
    // Pointer 0 is U+0080, so 0 is no code point of this index.
    output.Error();
  }
};

// mode: the state in the low half, the output state in the high half; first: the lead; second: the
// output flag.
struct Iso2022JpDecoder {
  enum State : uint8_t {
    kAscii,
    kRoman,
    kKatakana,
    kLeadByte,
    kTrailByte,
    kEscapeStart,
    kEscape,
  };

  static void Byte(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    switch (state.mode & 0xF) {
      case kTrailByte:
        return Trail(state, byte, output);
      case kEscapeStart:
        if (byte == 0x24 || byte == 0x28) {
          state.first = byte;
          return SetState(state, kEscape);
        }
        LeaveEscape(state, output);
        return Byte(state, byte, output);
      case kEscape:
        return Escape(state, byte, output);
    }
    if (byte == 0x1B) return SetState(state, kEscapeStart);
    state.second = 0;
    switch (state.mode & 0xF) {
      case kKatakana:
        if (InRange(byte, 0x21, 0x5F)) return output.Put(0xFF61 - 0x21 + byte);
        return output.Error();
      case kLeadByte:
        if (!InRange(byte, 0x21, 0x7E)) return output.Error();
        state.first = byte;
        return SetState(state, kTrailByte);
      case kRoman:
        if (byte == 0x5C) return output.Put(u'\u00A5');
        if (byte == 0x7E) return output.Put(u'\u203E');
        [[fallthrough]];
      default:
        if (!IsAscii(byte) || byte == 0x0E || byte == 0x0F) return output.Error();
        return output.Put(byte);
    }
  }

  static void End(DecoderState& state, DecoderOutput& output) {
    const uint8_t lead = state.first;
    switch (state.mode & 0xF) {
      case kTrailByte:
      case kEscapeStart:
        output.Error();
        break;
      case kEscape:
        LeaveEscape(state, output);
        Byte(state, lead, output);
        if ((state.mode & 0xF) == kTrailByte) output.Error();
        break;
    }
    state = {};
  }

 private:
  static void SetState(DecoderState& state, State to) {
    state.mode = static_cast<uint8_t>((state.mode & 0xF0) | to);
  }

  static void Trail(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    if (byte == 0x1B) {
      SetState(state, kEscapeStart);
      return output.Error();
    }
    SetState(state, kLeadByte);
    if (InRange(byte, 0x21, 0x7E)) {
      const size_t pointer = (state.first - 0x21u) * 94 + (byte - 0x21u);
      if (const char16_t code = Lookup(tables::kJis0208, pointer)) return output.Put(code);
    }
    output.Error();
  }

  // Not an escape sequence after all.
  static void LeaveEscape(DecoderState& state, DecoderOutput& output) {
    state.second = 0;
    // Never back into an escape sequence, whatever the state says: the restored bytes must get on.
    SetState(state, static_cast<State>(std::min<int>(state.mode >> 4, kLeadByte)));
    output.Error();
  }

  static void Escape(DecoderState& state, uint8_t byte, DecoderOutput& output) {
    const uint8_t lead = state.first;
    state.first = 0;
    State to;
    if (lead == 0x28 && byte == 0x42) {
      to = kAscii;
    } else if (lead == 0x28 && byte == 0x4A) {
      to = kRoman;
    } else if (lead == 0x28 && byte == 0x49) {
      to = kKatakana;
    } else if (lead == 0x24 && (byte == 0x40 || byte == 0x42)) {
      to = kLeadByte;
    } else {
      LeaveEscape(state, output);
      Byte(state, lead, output);
      return Byte(state, byte, output);
    }
    state.mode = static_cast<uint8_t>(to << 4 | to);
    // Two escape sequences in a row are an error.
    if (state.second != 0) output.Error();
    state.second = 1;
  }
};

}  // namespace nano::runtime

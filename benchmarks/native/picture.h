// Pictures that move, with the time in them: 32 squares along the top, black or white, are bits of microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/scoped_refptr.h"
#include "api/video/i420_buffer.h"
#include "api/video/video_frame_buffer.h"

namespace bench {

class Pictures {
 public:
  Pictures(int width, int height);

  // A copy of the next one, stamped with this time in seconds.
  webrtc::scoped_refptr<webrtc::I420Buffer> Next(double time);

 private:
  std::vector<webrtc::scoped_refptr<webrtc::I420Buffer>> pictures_;
  size_t next_ = 0;
};

// The time in a picture, which must be less than half an hour old; nothing where a bit is neither black nor white.
std::optional<double> ReadStamp(const webrtc::I420BufferInterface& picture, double now);

}  // namespace bench

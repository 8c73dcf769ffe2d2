#include "bind/init.h"

// No object of Python's is kept or reached by this module without the caller's own lock or loop, so it
// runs without a GIL too: https://docs.python.org/3/howto/free-threading-extensions.html
PYBIND11_MODULE(_native, m, pybind11::mod_gil_not_used()) {
  using namespace pywebrtc::bind;
  m.attr("__version__") = PYWEBRTC_VERSION;

  // A class comes before the signatures that name it.
  init_errors(m);
  init_mailbox(m);
  init_engine(m);

  // Media
  init_frames(m);
  init_audio_frame(m);
  init_media(m);
  init_audio(m);
  init_devices(m);

  // Connections
  init_certificate(m);
  init_encoded_transform(m);
  init_codecs(m);
  init_rtp(m);
  init_snapshot(m);
  init_data_channel(m);
  init_peer_connection(m);
}

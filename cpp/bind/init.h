// The table of contents: one init function for each file of this folder.
#pragma once

#include <pybind11/pybind11.h>

namespace pywebrtc::bind {

namespace py = pybind11;

void init_errors(py::module_& m);             // errors.cc
void init_engine(py::module_& m);             // engine.cc
void init_mailbox(py::module_& m);            // mailbox.cc
void init_encoded_transform(py::module_& m);  // encoded_transform.cc
void init_rtp(py::module_& m);                // rtp.cc
void init_certificate(py::module_& m);        // certificate.cc
void init_snapshot(py::module_& m);           // snapshot.cc
void init_frames(py::module_& m);             // frames.cc
void init_media(py::module_& m);              // media.cc
void init_audio(py::module_& m);              // audio.cc
void init_codecs(py::module_& m);             // codecs.cc
void init_data_channel(py::module_& m);       // data_channel.cc
void init_peer_connection(py::module_& m);    // peer_connection.cc
void init_audio_frame(py::module_& m);        // audio_frame.cc
void init_devices(py::module_& m);            // devices.cc

}  // namespace pywebrtc::bind

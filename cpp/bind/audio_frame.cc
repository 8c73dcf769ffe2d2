#include <pybind11/numpy.h>

#include <cstdint>
#include <span>
#include <vector>

#include "bind/gil.h"
#include "bind/init.h"
#include "core/audio_frame.h"
#include "core/sound.h"

namespace pywebrtc::bind {
namespace {

// C-contiguous and of shape (samples, channels): Python has seen to it.
template <class T>
using Samples = py::array_t<T, py::array::c_style>;

template <class T>
std::span<const T> ViewOf(const Samples<T>& samples) {
  return {samples.data(), static_cast<size_t>(samples.size())};
}

template <class T>
Samples<T> Allocate(size_t length, size_t channels) {
  return Samples<T>({static_cast<py::ssize_t>(length), static_cast<py::ssize_t>(channels)});
}

template <class T>
std::span<T> Filling(Samples<T>& samples) {
  return {samples.mutable_data(), static_cast<size_t>(samples.size())};
}

// What is filled was allocated with the GIL, and is filled without.
Samples<float> ConvertFloat(const Samples<float>& samples, int from_rate, int to_rate, size_t channels) {
  const auto source = ViewOf(samples);
  const SoundFormat from{.sample_rate = from_rate, .channels = static_cast<size_t>(samples.shape(1))};
  Samples<float> converted = Allocate<float>(LengthAt(to_rate, source.size() / from.channels, from_rate), channels);
  const auto target = Filling(converted);
  const ReleasedGil released;
  ConvertSound(source, from, target, {.sample_rate = to_rate, .channels = channels});
  return converted;
}

template <class From, class To>
Samples<To> Typed(const Samples<From>& samples, void (*convert)(std::span<const From>, std::span<To>)) {
  const auto source = ViewOf(samples);
  Samples<To> converted = Allocate<To>(static_cast<size_t>(samples.shape(0)), static_cast<size_t>(samples.shape(1)));
  const auto target = Filling(converted);
  const ReleasedGil released;
  convert(source, target);
  return converted;
}

}  // namespace

void init_audio_frame(py::module_& m) {
  m.def("convert_sound", &ConvertFloat, py::arg("samples").noconvert(), py::arg("from_rate"), py::arg("to_rate"),
        py::arg("channels"));
  m.def(
      "to_float", [](const Samples<int16_t>& samples) { return Typed(samples, &ToFloat); },
      py::arg("samples").noconvert());
  m.def(
      "to_int16", [](const Samples<float>& samples) { return Typed(samples, &ToInt16); },
      py::arg("samples").noconvert());

  py::class_<AudioFrame>(m, "AudioFrame")
      .def_property_readonly("samples",
                             [](const AudioFrame& f) {
                               const auto channels = static_cast<py::ssize_t>(f.channels);
                               const auto count = static_cast<py::ssize_t>(f.samples.size());
                               return py::array_t<int16_t>({count / channels, channels}, f.samples.data());
                             })
      .def_readonly("sample_rate", &AudioFrame::sample_rate)
      .def_readonly("timestamp_us", &AudioFrame::timestamp_us);
}

}  // namespace pywebrtc::bind

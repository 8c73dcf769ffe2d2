// Audio processing of arrays: no connection, no thread.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <span>
#include <vector>

#include "bind/dictionaries.h"
#include "bind/enums.h"
#include "bind/init.h"
#include "bind/samples.h"
#include "bind/verb.h"
#include "core/audio_mixer.h"
#include "core/audio_processor.h"
#include "core/audio_resampler.h"
#include "core/voice_detector.h"

namespace pywebrtc::bind {
namespace {

// Processing needs no thread of the engine's, so it works in a forked child too.
template <class Call>
auto Compute(Call call) {
  auto result = [&] {
    const ReleasedGil released;
    return call();
  }();
  return Unwrap(std::move(result));
}

py::object Process(AudioProcessor& processor, const py::array& near, const std::optional<py::array>& far) {
  const SamplesView near_view = ViewOf(near, processor.channels());
  std::optional<SamplesView> far_view;
  if (far) {
    far_view = ViewOf(*far, processor.far_channels());
  }
  return ArrayOf(Compute([&] { return processor.Process(near_view, far_view); }), processor.channels());
}

// One stream in, one out.
template <class Processor>
py::object ProcessOne(Processor& processor, const py::array& samples) {
  const SamplesView view = ViewOf(samples, processor.channels());
  return ArrayOf(Compute([&] { return processor.Process(view); }), processor.channels());
}

template <class Processor>
py::object Flush(Processor& processor, bool floats) {
  const SamplesView like = floats ? SamplesView(std::span<const float>()) : SamplesView(std::span<const int16_t>());
  return ArrayOf(Compute([&] { return processor.Flush(like); }), processor.channels());
}

py::object Mix(AudioMixer& mixer, const std::vector<py::array>& arrays) {
  std::vector<SamplesView> views;
  views.reserve(arrays.size());
  for (const py::array& array : arrays) {
    views.push_back(ViewOf(array, mixer.channels()));
    if (array.size() != arrays.front().size()) {
      throw py::value_error("the arrays must have the same length");
    }
  }
  if (views.empty()) {
    throw py::value_error("there must be an array");
  }
  return ArrayOf(Compute([&] { return mixer.Process(views); }), mixer.channels());
}

}  // namespace

void init_audio(py::module_& m) {
  py::class_<AudioProcessor::Statistics>(m, "AudioProcessorStatistics")
      .def_readonly("echo_return_loss", &AudioProcessor::Statistics::echo_return_loss)
      .def_readonly("echo_return_loss_enhancement", &AudioProcessor::Statistics::echo_return_loss_enhancement)
      .def_readonly("divergent_filter_fraction", &AudioProcessor::Statistics::divergent_filter_fraction)
      .def_readonly("delay_ms", &AudioProcessor::Statistics::delay_ms)
      .def_readonly("voice_probability", &AudioProcessor::Statistics::voice_probability);

  py::class_<AudioProcessor>(m, "AudioProcessor")
      .def(py::init([](int sample_rate, size_t channels, int far_sample_rate, size_t far_channels,
                       bool echo_cancellation, std::optional<NoiseSuppressionLevel> noise_suppression,
                       bool high_pass_filter, const std::optional<GainControl>& gain_control,
                       const std::optional<LegacyGainControl>& legacy_gain_control, bool voice_detection) {
             const ReleasedGil released;
             return std::make_unique<AudioProcessor>(
                 AudioFormat{.sample_rate = sample_rate, .channels = channels},
                 AudioFormat{.sample_rate = far_sample_rate, .channels = far_channels},
                 ProcessingOptions{.echo_cancellation = echo_cancellation,
                                   .noise_suppression = noise_suppression,
                                   .high_pass_filter = high_pass_filter,
                                   .gain_control = gain_control,
                                   .legacy_gain_control = legacy_gain_control,
                                   .voice_detection = voice_detection});
           }),
           py::kw_only(), py::arg("sample_rate"), py::arg("channels"), py::arg("far_sample_rate"),
           py::arg("far_channels"), py::arg("echo_cancellation"), py::arg("noise_suppression"),
           py::arg("high_pass_filter"), py::arg("gain_control"), py::arg("legacy_gain_control"),
           py::arg("voice_detection"))
      .def("process", &Process, py::arg("near"), py::arg("far"))
      .def(
          "process_far",
          [](AudioProcessor& processor, const py::array& far) {
            const SamplesView view = ViewOf(far, processor.far_channels());
            Compute([&] { return processor.ProcessFar(view); });
          },
          py::arg("far"))
      .def("flush", &Flush<AudioProcessor>, py::arg("floats"))
      .def("reset", &AudioProcessor::Reset, py::call_guard<ReleasedGil>())
      .def("set_delay_ms", &AudioProcessor::set_delay_ms, py::arg("delay_ms"), py::call_guard<ReleasedGil>())
      .def("statistics", &AudioProcessor::statistics, py::call_guard<ReleasedGil>());

  py::class_<VoiceDetector>(m, "VoiceDetector")
      .def(py::init<int, size_t, std::optional<int>>(), py::arg("sample_rate"), py::arg("channels"),
           py::arg("aggressiveness"))
      .def(
          "process",
          [](VoiceDetector& detector, const py::array& samples) {
            const SamplesView view = ViewOf(samples, detector.channels());
            return ArrayOf(Compute([&] { return detector.Process(view); }));
          },
          py::arg("samples"))
      .def("reset", &VoiceDetector::Reset, py::call_guard<ReleasedGil>());

  py::class_<AudioResampler>(m, "AudioResampler")
      .def(py::init<int, int, size_t>(), py::arg("in_rate"), py::arg("out_rate"), py::arg("channels"))
      .def_property_readonly("delay", &AudioResampler::delay)
      .def("process", &ProcessOne<AudioResampler>, py::arg("samples"))
      .def("flush", &Flush<AudioResampler>, py::arg("floats"))
      .def("reset", &AudioResampler::Reset, py::call_guard<ReleasedGil>());

  py::class_<AudioMixer>(m, "AudioMixer")
      .def(py::init<int, size_t, bool>(), py::arg("sample_rate"), py::arg("channels"), py::arg("limiter"))
      .def("process", &Mix, py::arg("arrays"))
      .def("reset", &AudioMixer::Reset, py::call_guard<ReleasedGil>());
}

}  // namespace pywebrtc::bind

// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.ModelCatalog;

/// The installed networks, computed on this process' devices.
///
/// ```java
/// Devices devices = new Devices(architectures, DeviceSettings.usual());
/// ModelProvider models = new InstalledModels(hub, tokenizers, new DeviceModels(hub, devices));
/// ```
public record DeviceModels(ModelCatalog catalog, Devices devices) implements InstalledModels.Networks {
    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        return devices.model(catalog.component(reference, component), scope);
    }

    @Override
    public String computation() {
        return devices.computation();
    }
}

package dev.sandkeep.server.profiles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.errors.FieldError;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.StrictJson;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class SpecificationRulesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | baseImage | required",
                "{'baseImage':{}} | baseImage | required",
                "{'baseImage':{'docker':'x'}} | baseImage.docker | unknown_field",
                "{'baseImage':'bookworm'} | baseImage | wrong_type",
                "{'baseImage':{'debian':'Book worm'}} | baseImage.debian | malformed",
                "{'baseImage':{'debian':'bookworm','oci':'debian'}} | baseImage | ambiguous",
                "{'baseImage':{'oci':'Not An Image'}} | baseImage.oci | malformed",
                "{'baseImage':{'oci':'user:secret@host/image'}} | baseImage.oci | malformed",
                "{'baseImage':{'oci':'debian','sha256':'abababababababababababababababababababababababababababababababab'}} | baseImage.sha256 | not_allowed",
                "{'baseImage':{'tar':'root.tar','sha256':'abababababababababababababababababababababababababababababababab'}} | baseImage.tar | malformed",
                "{'baseImage':{'tar':'https://me:secret@host/root.tar','sha256':'abababababababababababababababababababababababababababababababab'}} | baseImage.tar | malformed",
                "{'baseImage':{'tar':'https://host/root.tar'}} | baseImage.sha256 | required",
                "{'baseImage':{'tar':'/root.tar','sha256':'12'}} | baseImage.sha256 | malformed",
                "{'environment':['A']} | environment | wrong_type",
                "{'environment':{'A-B':'x'}} | environment.A-B | malformed",
                "{'files':{}} | files | wrong_type",
                "{'files':[{'path':'/run/x','content':''}]} | files[0].path | not_allowed",
                "{'files':[{'path':'/a/','content':''}]} | files[0].path | not_normalized",
                "{'files':[{'path':'/a','content':'','owner':'root'}]} | files[0].owner | malformed",
                "{'files':[{'path':'/a','content':'','owner':'0:65536'}]} | files[0].owner | malformed",
                "{'files':[{'path':'/a','content':''},{'path':'/a/b','content':''}]} | files[1].path | overlapping",
                "{'files':[{'path':'/a','content':''},{'path':'/a','content':''}]} | files[1].path | duplicate",
                "{'setupTimeoutSeconds':86401} | setupTimeoutSeconds | out_of_range",
                "{'setupTimeoutSeconds':1.5} | setupTimeoutSeconds | wrong_type",
                "{'workingDirectory':'root'} | workingDirectory | not_absolute",
                "{'checks':['']} | checks[0] | required",
                "{'checks':[1]} | checks[0] | wrong_type",
                "{'usePersistentSandboxes':'yes'} | usePersistentSandboxes | wrong_type",
                "{'usePersistentSandboxes':true,'persistedPaths':[]} | persistedPaths | required",
                "{'persistedPaths':['root']} | persistedPaths[0] | not_absolute",
                "{'persistedPaths':['/']} | persistedPaths[0] | root_not_allowed",
                "{'persistedPaths':['/dev/shm']} | persistedPaths[0] | not_allowed",
                "{'persistedPaths':['/sys']} | persistedPaths[0] | not_allowed",
                "{'persistedPaths':['/run/sandkeep']} | persistedPaths[0] | not_allowed",
                "{'persistedPaths':['/a//b']} | persistedPaths[0] | not_normalized",
                "{'persistedPaths':['/a/./b']} | persistedPaths[0] | not_normalized",
                "{'persistedPaths':['/a:b']} | persistedPaths[0] | malformed",
                "{'persistedPaths':['/a/b','/a']} | persistedPaths[0] | overlapping",
                "{'persistedPaths':['/a','/a']} | persistedPaths[0] | duplicate",
                "{'persistedPaths':[1]} | persistedPaths[0] | wrong_type",
                "{'persistedPaths':[{'exclude':['x']}]} | persistedPaths[0].path | required",
                "{'persistedPaths':[{'path':'data','exclude':['x']}]} | persistedPaths[0].path | not_absolute",
                "{'persistedPaths':[{'path':'/data','excludes':['x']}]} | persistedPaths[0].excludes | unknown_field",
                "{'persistedPaths':[{'path':'/data','exclude':['a',' ']}]} | persistedPaths[0].exclude[1] | malformed",
                "{'persistedPaths':[{'path':'/data','maxMiB':0}]} | persistedPaths[0].maxMiB | out_of_range",
                "{'lifecycle':{'maxLifetimeSeconds':59}} | lifecycle.maxLifetimeSeconds | out_of_range",
                "{'lifecycle':{'onExpiry':'explode'}} | lifecycle.onExpiry | unknown_value",
                "{'lifecycle':{'idle':1}} | lifecycle.idle | unknown_field",
                "{'agent':{'processName':'a b'}} | agent.processName | malformed",
                "{'limits':{'memoryMiB':15}} | limits.memoryMiB | out_of_range",
                "{'limits':{'cpus':0.005}} | limits.cpus | out_of_range",
                "{'limits':{'pids':7}} | limits.pids | out_of_range",
                "{'limits':{'disk':1}} | limits.disk | unknown_field",
            })
    void each_mistake_is_answered_by_field_and_code(String spec, String field, String code) {
        assertThat(mistakes(spec)).anySatisfy(error -> {
            assertThat(error.field()).isEqualTo(field);
            assertThat(error.code()).isEqualTo(code);
            assertThat(error.message()).isNotBlank();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'baseImage':{'debian':'bookworm'}}",
                "{'baseImage':{'oci':'registry.example:5000/team/image:1@sha256:abababababababababababababababababababababababababababababababab'}}",
                "{'baseImage':{'tar':'https://host/a@b/root.tar.gz','sha256':'abababababababababababababababababababababababababababababababab'}}",
                "{'baseImage':{'debian':'bookworm'},'persistedPaths':['/a','/ab','/proc2','/runner']}",
                "{'baseImage':{'debian':'bookworm'},'persistedPaths':['/a',{'path':'/b','exclude':['*.o','!keep.o'],'maxMiB':5}]}",
                "{'baseImage':{'debian':'bookworm'},'lifecycle':{'onExpiry':'replace','idleTimeoutSeconds':0}}",
                "{'baseImage':{'debian':'bookworm'},'environment':null,'setupScript':null}",
                "{'baseImage':{'debian':'bookworm'},'limits':{'cpus':2,'memoryMiB':16}}",
                "{'baseImage':{'debian':'bookworm'},'files':[{'path':'/a b/ü','content':'','owner':'1000:users'}]}",
            })
    void what_is_right_is_taken(String spec) {
        assertThat(mistakes(spec)).isEmpty();
    }

    private static List<FieldError> mistakes(String spec) {
        ValidationErrors errors = new ValidationErrors();
        SpecificationInput bound = Objects.requireNonNull(
                StrictJson.bind(JSON.readTree(spec.replace('\'', '"')), SpecificationInput.class, errors));
        bound.check("", errors);
        return errors.all();
    }
}

//! What the models of several rules have in common.

/// A task behind a start event; its id is `t`.
macro_rules! task {
    ($more:literal) => {
        concat!(
            "<startEvent id='s'/><userTask id='t' name='T'/><endEvent id='e'/>",
            "<sequenceFlow id='f1' sourceRef='s' targetRef='t'/>",
            "<sequenceFlow id='f2' sourceRef='t' targetRef='e'/>",
            $more
        )
    };
}

/// A sub-process `sub` of the kind that its attributes say, with this content.
macro_rules! sub {
    ($attributes:literal, $content:literal) => {
        concat!(
            "<startEvent id='s'/><subProcess id='sub'",
            $attributes,
            ">",
            $content,
            "</subProcess>"
        )
    };
}

/// An event-based gateway `g` that leads to these elements `a` and `b`.
macro_rules! choice {
    ($attributes:literal, $targets:literal) => {
        concat!(
            "<startEvent id='s'/><eventBasedGateway id='g'",
            $attributes,
            "/>",
            $targets,
            "<sequenceFlow id='fa' sourceRef='g' targetRef='a'/>",
            "<sequenceFlow id='fb' sourceRef='g' targetRef='b'/>"
        )
    };
}

pub(super) const MESSAGE_AND_TIMER: &str = choice!(
    "",
    "<intermediateCatchEvent id='a'><messageEventDefinition messageRef='paid'/></intermediateCatchEvent>\
     <intermediateCatchEvent id='b'><timerEventDefinition><timeDuration>PT1H</timeDuration>\
     </timerEventDefinition></intermediateCatchEvent>"
);

pub(super) const COMPENSATED: &str = task!(
    "<boundaryEvent id='b' attachedToRef='t'><compensateEventDefinition/></boundaryEvent>\
     <task id='undo' isForCompensation='true'/>\
     <association id='a' sourceRef='b' targetRef='undo'/>"
);

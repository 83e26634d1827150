/** Words of the simple mode: as short as people say them. */
const simple = {
  simple: {
    title: '要办什么？',
    home: '首页',
    mark: '出示车辆标志',
    vehicles: '有 {n} 辆车，请选一辆',
    licence: '出示驾驶证',
    licenceApply: '领电子驾驶证',
    licenceNone: '还没有领',
    scan: '扫码查真假',
    scanNote: '扫别人的码',
    due: '要办的事',
    dueSome: '有 {n} 件事要办',
    dueNone: '现在没有要办的事',
    setting: '显示方式',
    full: '标准',
    on: '简洁大字',
    offer: '简洁大字版',
    offerText: '字大、按钮少，适合长辈',
    leave: '换回标准版',
  },
};

export default simple;
